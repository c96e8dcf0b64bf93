/** Which web pages may talk to this server: its own, and those of the origins that are configured. */

/**
 * Whether a request with this Origin header may be served. Programs that are no browsers send none, and could send any.
 * @param host the Host header of the request
 */
export function isAllowedOrigin(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): boolean {
  if (origin === undefined || allowed.includes(origin)) return true;
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

/** How much memory the embedded PostgreSQL keeps pages in: its own default is for the smallest of machines. */

const MEBIBYTE = 1024 * 1024;
/** PostgreSQL's default. */
const LEAST = 128;
/** What a page from the system's cache costs more is small, but many make it up: 10⁶ operations lie in some 2 GB. */
const MOST = 4096;
/** What initdb writes. */
const MADE = "128MB";
const SETTING = /^[ \t]*shared_buffers[ \t=]+'?([^'\s#]+)/gim;

/** Whether the owner of a cluster has chosen its `shared_buffers`, in one of its files with settings. */
export const hasOwnBuffers = (settings: readonly string[]): boolean =>
  settings.some((text) => [...text.matchAll(SETTING)].some(([, value]) => value !== MADE));

/** The share that PostgreSQL's manual recommends is a quarter of a machine that serves nothing else. */
const SHARE = 1 / 8;

/**
 * `shared_buffers` for a machine, in PostgreSQL's notation. It is taken as it is needed.
 * @param total bytes of the machine
 * @param constrained bytes that this process and its children may have, where that is limited; 0 or undefined: it is not
 */
export function sharedBuffers(total: number, constrained: number | undefined): string {
  const usable = constrained ? Math.min(total, constrained) : total;
  return `${Math.min(MOST, Math.max(LEAST, Math.floor((usable * SHARE) / MEBIBYTE)))}MB`;
}

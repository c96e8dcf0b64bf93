/** The same server, another database. */
export function atDatabase(url: string, name: string): string {
  const address = new URL(url);
  address.pathname = `/${encodeURIComponent(name)}`;
  return address.href;
}

/** The same database by the server's address and port, whether it has a socket or not. */
export function byPort(url: string): URL {
  const address = new URL(url);
  address.searchParams.delete("host");
  return address;
}

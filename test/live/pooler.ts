/** Stands between a client and PostgreSQL, and can keep notifications back, as a transaction-mode pooler does: all else passes. */
import { byPort } from "../support/databaseUrl";
import { startProxy } from "../support/proxy";

export const NOTIFICATION_RESPONSE = "A".charCodeAt(0);
const READY_FOR_QUERY = "Z".charCodeAt(0);

export interface Pooler {
  /** Through it. */
  readonly url: string;
  /** Past it. */
  readonly direct: string;
  /** Notifications that were kept back. */
  readonly suppressed: number;
  /** From here on notifications are kept back. */
  deafen(): void;
  /** From here on a client can connect, and no statement of it is answered. */
  hang(): void;
  stop(): Promise<void>;
}

export async function startDeafPooler(url: string): Promise<Pooler> {
  const pooler = await startPooler(url);
  pooler.deafen();
  return pooler;
}

/** One that lets everything pass at first. */
export async function startPooler(url: string): Promise<Pooler> {
  let deaf = false;
  let hangs = false;
  let suppressed = 0;
  const keepsBack = (type: number | undefined) => {
    if (!deaf || type !== NOTIFICATION_RESPONSE) return false;
    suppressed += 1;
    return true;
  };
  const proxy = await startProxy(url, ({ client }) => {
    let ready = false;
    return {
      fromServer: messagesOf((message) => {
        const [type] = message;
        if (hangs && ready) return;
        ready ||= type === READY_FOR_QUERY;
        if (!keepsBack(type)) client.write(message);
      }),
    };
  });
  return {
    url: proxy.through(byPort(url).href),
    direct: url,
    get suppressed() {
      return suppressed;
    },
    deafen: () => (deaf = true),
    hang: () => (hangs = true),
    stop: () => proxy.stop(),
  };
}

/** Messages of the backend: a byte for the type, then four for the length of the rest, themselves included. */
export function messagesOf(take: (message: Buffer) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5 && rest.length > rest.readUInt32BE(1)) {
      const length = rest.readUInt32BE(1) + 1;
      const message = rest.subarray(0, length);
      rest = rest.subarray(length);
      take(message);
    }
  };
}

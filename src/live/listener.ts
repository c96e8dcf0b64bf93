/**
 * The one connection of a process that listens. It proves that it hears with a notification that is sent over another
 * connection (through a transaction-mode pooler LISTEN fails silently, and hears no more than what itself sends), and comes
 * back by itself when it is lost.
 */
import { randomUUID } from "node:crypto";
import { Socket } from "node:net";
import pg from "pg";

export interface ListenerOptions {
  /** A direct connection to PostgreSQL. */
  readonly url: string;
  readonly channel: string;
  readonly onNotification: (payload: string) => void;
  /** Notifies the channel over another connection, on the way that those take who are to be heard. */
  readonly notify: (payload: string) => Promise<unknown>;
  /** Called after every connecting, when it hears: what was told before may have been missed. */
  readonly onHearing: () => void;
  /** Called with what broke; the listener goes on by itself. */
  readonly onError: (error: unknown) => void;
  /** Between 0 and 1; spreads the reconnecting of many processes. */
  readonly random: () => number;
  /** Milliseconds before the first attempt to come back; doubled with every failure up to `longestDelay`. */
  readonly shortestDelay: number;
  readonly longestDelay: number;
  /** Milliseconds that connecting, hearing oneself and closing may take. */
  readonly patience: number;
}

interface Connection {
  readonly client: pg.Client;
  readonly socket: Socket;
  /** Set while a heartbeat is unanswered. */
  beating: boolean;
  ended: boolean;
}

export class Listener {
  private connection: Connection | undefined;
  private stopped = false;
  private failures = 0;
  private retry: NodeJS.Timeout | undefined;
  /** The socket of an attempt to connect that is under way, and the attempt. */
  private attempt: { readonly socket: Socket; readonly over: Promise<unknown> } | undefined;

  constructor(private readonly options: ListenerOptions) {}

  /** Whether it is connected and has heard itself. */
  get hearing(): boolean {
    return this.connection !== undefined;
  }

  /** Connects; rejects when the database does not answer or the notification to oneself is not heard. */
  async start(): Promise<void> {
    this.adopt(await this.connect());
  }

  /** Closes the connection and tries no more. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.retry);
    this.attempt?.socket.destroy();
    await this.attempt?.over;
    const connection = this.connection;
    this.connection = undefined;
    if (connection) await this.close(connection);
  }

  /**
   * Asks the connection for a sign of life; when the last question is still unanswered, the connection is given up.
   * To be called now and then: a network that fails silently ends no connection.
   */
  beat(): void {
    const connection = this.connection;
    if (!connection) return;
    if (connection.beating) {
      connection.socket.destroy(new Error("the listening connection does not answer"));
      return;
    }
    connection.beating = true;
    connection.client.query("select 1").then(
      () => (connection.beating = false),
      () => undefined, // the end of the connection is noticed as such
    );
  }

  private async connect(): Promise<Connection> {
    const socket = new Socket();
    const connecting = this.connectOver(socket);
    this.attempt = { socket, over: connecting.catch(() => undefined) };
    return connecting.finally(() => (this.attempt = undefined));
  }

  private async connectOver(socket: Socket): Promise<Connection> {
    const { url, channel, patience, notify, onError, onNotification } = this.options;
    const client = new pg.Client({
      connectionString: url,
      application_name: "omdb listener",
      connectionTimeoutMillis: patience,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      stream: () => socket,
    });
    const connection: Connection = { client, socket, beating: false, ended: false };
    client.on("error", (error) => {
      if (!this.stopped) onError(failure("failed", error));
    });
    client.on("end", () => {
      connection.ended = true;
      if (this.connection === connection) this.lost();
    });
    try {
      await client.connect();
      const heard = this.hearOneself(client);
      const told = client.query(`listen ${pg.escapeIdentifier(channel)}`).then(() => notify(heard.payload));
      // Together: of a statement that is never answered nothing else would tell.
      await Promise.all([told, heard.promise]);
      client.on("notification", ({ payload }) => onNotification(payload ?? ""));
      return connection;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  private hearOneself(client: pg.Client): { payload: string; promise: Promise<void> } {
    const payload = JSON.stringify({ probe: randomUUID() });
    const promise = new Promise<void>((resolve, reject) => {
      const settle = (error?: Error) => {
        clearTimeout(timer);
        client.off("notification", hear);
        client.off("end", end);
        if (error) reject(error);
        else resolve();
      };
      const hear = (message: pg.Notification) => {
        if (message.payload === payload) settle();
      };
      const end = () => settle(new Error("the listening connection ended before it heard its own notification"));
      const timer = setTimeout(() => {
        const advice =
          "LISTEN needs a direct connection to the same database, not one through a transaction-mode pooler: set DIRECT_URL";
        settle(new Error(`the listening connection does not hear its own notification; ${advice}`));
      }, this.options.patience);
      client.on("notification", hear);
      client.on("end", end);
    });
    // It may reject before anybody waits for it.
    promise.catch(() => undefined);
    return { payload, promise };
  }

  private adopt(connection: Connection): void {
    if (this.stopped) {
      connection.socket.destroy();
      return;
    }
    if (connection.ended) return this.comeBackLater();
    this.connection = connection;
    this.failures = 0;
    this.options.onHearing();
  }

  private lost(): void {
    this.connection = undefined;
    this.comeBackLater();
  }

  private comeBackLater(): void {
    if (this.stopped) return;
    const { shortestDelay, longestDelay, random } = this.options;
    const delay = Math.min(longestDelay, shortestDelay * 2 ** this.failures);
    this.failures += 1;
    this.retry = setTimeout(() => void this.comeBack(), delay * (0.5 + random() / 2));
    this.retry.unref();
  }

  private async comeBack(): Promise<void> {
    try {
      this.adopt(await this.connect());
    } catch (error) {
      if (this.stopped) return;
      this.options.onError(failure("does not come back yet", error));
      this.comeBackLater();
    }
  }

  private async close({ client, socket }: Connection): Promise<void> {
    const timer = setTimeout(() => socket.destroy(), this.options.patience);
    await client.end().catch(() => undefined);
    clearTimeout(timer);
  }
}

const failure = (what: string, cause: unknown): Error =>
  new Error(`the listening connection ${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });

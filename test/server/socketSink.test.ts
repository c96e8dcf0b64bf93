/** Results on a real socket: what is held leaves together and in order, and a sink tells when what was too much has left. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import { EventResult } from "../../src/server/eventResult";
import { SocketSink } from "../../src/server/socketSink";

const MOST = 1_000;

const resultOf = (value: unknown): EventResult =>
  new EventResult({ data: { value } }, { epoch: 1, sequence: 1, position: 0 }, false, undefined);

const http = createServer();
const sockets = new WebSocketServer({ server: http });
beforeAll(async () => {
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
});
afterAll(async () => {
  sockets.close();
  http.close();
  await once(http, "close");
});

async function connect() {
  const client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}/`);
  const [socket, { socket: stream }] = (await once(sockets, "connection")) as [WebSocket, IncomingMessage];
  if (client.readyState !== client.OPEN) await once(client, "open");
  const seen: unknown[] = [];
  client.on("message", (data: Buffer) => {
    const { id, payload } = JSON.parse(data.toString()) as { id: string; payload: { data: { value: unknown } } };
    expect(id).toBe('"1"');
    seen.push(payload.data.value);
  });
  return { client, socket, stream, seen, sink: new SocketSink(socket, stream, '"1"', MOST) };
}

async function end(client: WebSocket): Promise<void> {
  client.terminate();
  await once(client, "close");
}

test("what is held leaves when the turn is over, in order; what is not leaves at once", async () => {
  const { client, stream, seen, sink } = await connect();
  expect(sink.push([resultOf(1)], true)).toBe(true);
  expect(sink.push([resultOf(2), resultOf(3)], true)).toBe(true);
  expect(stream.writableCorked).toBe(1);
  expect(stream.writableLength).toBeGreaterThan(0);
  await new Promise(setImmediate);
  expect(stream.writableCorked).toBe(0);
  sink.push([resultOf(4)], false);
  expect(stream.writableCorked).toBe(0);
  sink.push([resultOf(5)], true);
  await sink.left();
  expect(stream.writableCorked).toBe(0);
  while (seen.length < 5) await once(client, "message");
  expect(seen).toEqual([1, 2, 3, 4, 5]);
  await end(client);
});

test("messages of every length arrive as they were, among what the socket sends itself", async () => {
  const { client, socket, seen, sink } = await connect();
  const around = JSON.stringify({ id: '"1"', type: "next", payload: { data: { value: "" } } }).length;
  const lengths = [0, 1, 125 - around, 126 - around, 127 - around, 65_535 - around, 65_536 - around, 200_000];
  const values = lengths.map((length) => "é".repeat(Math.floor(length / 2)) + "x".repeat(length % 2));
  const pongs = once(client, "ping");
  sink.push(values.map(resultOf), true);
  socket.ping();
  sink.push(values.map(resultOf), false);
  while (seen.length < 2 * values.length) await once(client, "message");
  await pongs;
  expect(seen).toEqual([...values, ...values]);
  await end(client);
});

test("what is too much lets nobody go on before it has left", async () => {
  const { client, seen, sink } = await connect();
  const text = "x".repeat(100);
  const held = Array.from({ length: 20 }, () => sink.push([resultOf(text)], true));
  expect(held).toContain(false);
  expect(held.indexOf(false)).toBeLessThan(10);
  // It lets go of what it holds.
  await sink.left();
  expect(sink.push([resultOf("end")], false)).toBe(true);
  while (seen.length < 21) await once(client, "message");
  expect(seen).toEqual([...held.map(() => text), "end"]);
  await end(client);
});

test("a client that reads nothing is waited for, and one that goes is not", async () => {
  const { client, socket, sink, seen } = await connect();
  client.pause();
  const large = "x".repeat(1_000_000);
  let pushed = 1;
  for (; sink.push([resultOf(large)], false); pushed += 1) expect(pushed).toBeLessThan(100);
  let left = false;
  const leaving = sink.left().then(() => (left = true));
  await new Promise(setImmediate);
  expect(left).toBe(false);
  client.resume();
  await leaving;
  while (seen.length < pushed) await once(client, "message");
  client.pause();
  while (sink.push([resultOf(large)], false));
  const gone = sink.left();
  socket.terminate();
  await gone;
  client.resume();
  await once(client, "close");
});

/** Many subscribers in one process, which count what they get. */
import { WebSocket } from "ws";
import { answer } from "./child";
import { SELECTION } from "./event";

const sockets: WebSocket[] = [];
let received = 0;

function open(url: string, bare: boolean, id: number): Promise<void> {
  const socket = new WebSocket(url, bare ? [] : ["graphql-transport-ws"], { perMessageDeflate: false });
  sockets.push(socket);
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    let acknowledged = bare;
    socket.on("open", () => (bare ? resolve() : socket.send('{"type":"connection_init"}')));
    socket.on("message", (data: Buffer) => {
      if (acknowledged) {
        // Pings of the protocol are none of these.
        received += 1;
        return;
      }
      acknowledged = data.includes("connection_ack");
      const payload = { query: `subscription { newCommits { ${SELECTION} } }` };
      socket.send(JSON.stringify({ id: String(id), type: "subscribe", payload }));
      resolve();
    });
  });
}

answer({}, async ({ url, bare, connect, count }) => {
  if (typeof connect === "number") {
    for (let start = 0; start < connect; start += 100) {
      const batch = Array.from({ length: Math.min(100, connect - start) }, (_, index) => start + index);
      await Promise.all(batch.map((id) => open(url as string, bare === true, id)));
    }
    return {};
  }
  if (typeof count === "number") {
    const before = received;
    const started = performance.now();
    await new Promise((resolve) => setTimeout(resolve, count));
    return { rate: ((received - before) * 1000) / (performance.now() - started) };
  }
  for (const socket of sockets.splice(0)) socket.terminate();
  return {};
});

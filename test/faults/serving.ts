/** Servers in processes of their own, whose memory can be asked for. */
import type { Program, RunningProgram } from "../support/program";
import { inTheEnd } from "./inTheEnd";
import { MEASURED } from "./memory";

/** Starts one that is killed in the end. */
export async function startServing(
  program: Program,
  databaseUrl: string,
): Promise<RunningProgram & { readonly url: string }> {
  const server = program.start(["serve", "--port", "0", "--database-url", databaseUrl], { env: MEASURED });
  inTheEnd({
    stop: () => {
      server.process.kill("SIGKILL");
      return server.ended;
    },
  });
  const [, url = ""] = await server.output(/GraphQL: (\S+)/);
  return Object.assign(server, { url });
}

/**
 * Jest's environment for tests with databases. It drops them after everything else in the file has run, hooks included,
 * whatever their order, and fails the file when something it started is still connected.
 */
import { TestEnvironment } from "jest-environment-node";
import type { Circus } from "@jest/types";
import { dropDatabase, type TestDatabaseHandle } from "./databaseServer";

export default class DatabaseEnvironment extends TestEnvironment {
  private readonly databases: TestDatabaseHandle[] = [];

  override async setup(): Promise<void> {
    await super.setup();
    this.global.testDatabases = this.databases;
  }

  async handleTestEvent(event: Circus.Event, state: Circus.State): Promise<void> {
    if (event.name !== "run_finish") return;
    for (const line of await this.dropAll()) {
      state.unhandledErrors.push(new Error(`a connection to a test database was left open: ${line}`));
    }
  }

  override async teardown(): Promise<void> {
    // Some are left when the file failed before its tests ran.
    await this.dropAll();
    await super.teardown();
  }

  private async dropAll(): Promise<string[]> {
    const lines: string[] = [];
    for (const handle of this.databases.splice(0)) lines.push(...(await dropDatabase(handle)));
    return lines;
  }
}

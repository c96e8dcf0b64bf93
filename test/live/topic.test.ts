import { Topic } from "../../src/live/topic";
import type { FrontierChangeRow } from "../../src/store/frontierLog";

const row = (sequence: number): FrontierChangeRow => ({
  frontier: "f",
  sequence,
  cause: "COMMIT",
  time: new Date(0),
  author: null,
  message: null,
  members: [],
  joined: [],
  left: [],
});
const rows = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => row(first + index));

/** A topic with a ring of 4 that has been told `told` and started at 10. */
function topicAt10(told: number): Topic {
  const topic = new Topic("f", 4);
  topic.startAt(10);
  topic.told = told;
  return topic;
}
const held = (topic: Topic, after: number) => topic.changesAfter(after)?.map(({ sequence }) => sequence);

describe("the newest changes of a frontier", () => {
  test("nothing is missing before anybody knows where the log ends", () => {
    const topic = new Topic("f", 4);
    topic.told = 12;
    expect(topic.missingAfter()).toBeUndefined();
    topic.startAt(10);
    topic.startAt(11);
    expect(topic.missingAfter()).toBe(10);
  });

  test("are taken from the ring where it reaches back far enough", () => {
    const topic = topicAt10(13);
    topic.append(rows(11, 13), 13);
    expect(topic.missingAfter()).toBeUndefined();
    expect(held(topic, 10)).toEqual([11, 12, 13]);
    expect(held(topic, 12)).toEqual([13]);
    expect(held(topic, 13)).toEqual([]);
    expect(held(topic, 20)).toEqual([]);
    expect(held(topic, 9)).toBeUndefined();
    topic.told = 15;
    topic.append(rows(14, 15), 15);
    expect(held(topic, 11)).toEqual([12, 13, 14, 15]);
    expect(held(topic, 10)).toBeUndefined();
  });

  test("wake whoever waits", async () => {
    const topic = topicAt10(11);
    const waiting = topic.changed.wait().promise;
    topic.append(rows(11, 11), 11);
    await waiting;
  });

  test("a lie about the end is forgotten, the truth that came meanwhile is not", () => {
    const lied = topicAt10(99);
    lied.append([], 99);
    expect(lied.missingAfter()).toBeUndefined();
    const told = topicAt10(11);
    told.told = 12;
    told.append([], 11);
    expect(told.missingAfter()).toBe(10);
  });

  test("what does not fit into the ring is skipped once the end is known", () => {
    const topic = topicAt10(100);
    expect(topic.farBehind).toBe(true);
    topic.skipTo(50, 100);
    expect(topic.missingAfter()).toBe(46);
    expect(topic.farBehind).toBe(false);
    topic.append(rows(47, 50), 50);
    expect(held(topic, 46)).toEqual([47, 48, 49, 50]);
    expect(held(topic, 10)).toBeUndefined();
  });

  test("nothing is skipped because of a lie", () => {
    const topic = topicAt10(100);
    topic.skipTo(12, 100);
    expect(topic.missingAfter()).toBe(10);
    expect(topic.farBehind).toBe(false);
  });
});

// Members of a room in which somebody says something now and then: how late does each hear it?
import { randomBytes } from 'node:crypto';
import { asUuid7, decodeFrame, hexOf, Mode } from '../src/protocol/index.ts';
import { taskOf, tell } from './child.ts';
import { ChatTemplate, Lean } from './lean.ts';
import { quantile } from './numbers.ts';

export interface TalkersTask {
  readonly port: number;
  readonly members: number;
  readonly perSecond: number;
}

/** Since it was asked last. */
export interface TalkersResult {
  readonly deliveries: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const { port, members, perSecond } = taskOf() as TalkersTask;
const template = new ChatTemplate('The quick brown fox jumps over the lazy dog, and once again.');
const sentAt = new Map<string, number>();
let latencies: number[] = [];
let said = 0;

function member(number: number): Promise<Lean> {
  return new Promise((resolve) => {
    const lean = new Lean(port, `m${process.pid}-${number}`, randomBytes(32), {
      onEntry: (payload) => {
        const at = sentAt.get(hexOf(decodeFrame(payload).id));
        if (at !== undefined) latencies.push(performance.now() - at);
      },
      onJoined: () => resolve(lean),
    });
    // The newest one will do.
    void lean.welcome.then(() => lean.join(Mode.MEMBER, 1));
  });
}

const all = await Promise.all(Array.from({ length: members }, (_, number) => member(number)));
const talking = setInterval(() => {
  const lean = all[said % all.length];
  const id = asUuid7(randomBytes(16), Date.now());
  const bytes = Buffer.allocUnsafe(template.length);
  template.write(bytes, 0, 128 + (said++ % 1_000), id);
  sentAt.set(hexOf(id), performance.now());
  lean?.link.write(bytes);
}, 1_000 / perSecond);
tell({});

process.on('message', (word) => {
  if (word === 'stop') {
    clearInterval(talking);
    for (const lean of all) lean.end();
    process.disconnect();
    return;
  }
  const [now, waited] = [performance.now(), latencies];
  latencies = [];
  // What nobody has heard after so long is not forgotten: it counts when it comes.
  for (const [id, at] of sentAt) if (now - at > 60_000) sentAt.delete(id);
  const [p50Ms, p99Ms, maxMs] = [0.5, 0.99, 1].map((part) => quantile(waited, part));
  tell({ deliveries: waited.length, p50Ms, p99Ms, maxMs });
});

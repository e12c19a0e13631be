// One turn of the event loop ends, however many have sent however much.
import { expect, test } from 'vitest';
import { frameOf } from '../../src/protocol/index.ts';
import { crypto, kindOf, Rig } from './rig.ts';
import { ScriptedLog } from './scripted-log.ts';

test('many who send much at once are dealt with in several turns, and all are served', () => {
  let log: ScriptedLog | undefined;
  const rig = new Rig({}, (clock) => {
    log = new ScriptedLog(clock);
    return log;
  });
  const clients = Array.from({ length: 40 }, (_, i) => rig.client(`c${i}`, 'lobby'));
  let appended = 0;
  const append = log?.append.bind(log);
  if (log !== undefined && append !== undefined) {
    log.append = (room, proposal) => {
      appended++;
      append(room, proposal);
    };
  }
  const chat = (): ReturnType<typeof frameOf> =>
    frameOf(
      { $case: 'chat', value: { content: { $case: 'text', value: 'x' }, replyTo: 0 } },
      { room: 'lobby', id: crypto.random(16), ref: 9 },
    );
  for (const client of clients) client.send(...Array.from({ length: 30 }, chat));
  // Nothing has run but what came with the bytes themselves.
  expect(appended).toBeGreaterThan(0);
  expect(appended).toBeLessThanOrEqual(512);
  rig.clock.run();
  expect(appended).toBe(40 * 30);
  for (const client of clients) {
    expect(client.frames.filter((frame) => kindOf(frame) === 'stored')).toHaveLength(30);
  }
});

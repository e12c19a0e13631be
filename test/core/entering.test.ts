// Who is about to be in a room is not held there, whatever happens to other sessions of the same user.
import { expect, test } from 'vitest';
import { Mode } from '../../src/protocol/index.ts';
import { faultsOf, kindOf, Rig } from './rig.ts';
import { ScriptedLog } from './scripted-log.ts';

test.each([Mode.QUIET, Mode.MEMBER])(
  'KTG-7.8 another session that is lost meanwhile (mode %i) ends nothing',
  (mode) => {
    let log: ScriptedLog | undefined;
    const rig = new Rig({ graceMs: 0 }, (clock) => (log = new ScriptedLog(clock)));
    const watcher = rig.client('watcher', 'lobby');
    const first = rig.client('budi');
    first.join('lobby', { mode });
    const second = rig.client();
    second.secret = first.secret;
    second.hello('budi', { beside: true });
    if (log === undefined) throw new Error('no log');
    log.auto = false;
    watcher.say('lobby', 'under way');
    second.join('lobby');
    first.session.lost();
    rig.clock.advance(1_000);
    log.auto = true;
    log.commit('lobby');
    rig.clock.run();
    expect(second.frames.map(kindOf)).toContain('joined');
    expect(faultsOf(second.say('lobby', 'halo'))).toEqual([]);
    const said = watcher.frames.filter(({ seq }) => seq > 1).map(kindOf);
    expect(said).toEqual(mode === Mode.QUIET ? ['chat', 'join', 'chat'] : ['join', 'chat', 'chat']);
  },
);

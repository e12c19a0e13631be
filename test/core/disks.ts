// What outlives a server: its log, and its bound names.
import type { HubOptions } from '../../src/core/options.ts';
import { NamesDisk } from './names-disk.ts';
import { type ManualClock, Rig } from './rig.ts';
import { ScriptedLog } from './scripted-log.ts';

/** Servers one after the other, on one disk. */
export class Disks {
  readonly names = new NamesDisk();
  #clock: ManualClock | undefined;
  readonly log = new ScriptedLog({
    now: () => this.#clock?.now() ?? 0,
    defer: (run: () => void) => this.#clock?.defer(run),
  });

  start(options: Partial<HubOptions> = {}): Rig {
    return new Rig(
      options,
      (clock) => {
        this.#clock = clock;
        return this.log;
      },
      (clock) => this.names.attach(clock),
    );
  }
}

// Another machine on the network, as a network namespace with an address of its own.
import { execFileSync, spawnSync } from 'node:child_process';

/** TEST-NET-2 (RFC 5737): nobody's network. */
const NETWORK = '198.51.100';

export class OtherMachine {
  /** The address of this machine, as the other one sees it. */
  readonly here = `${NETWORK}.1`;
  readonly there = `${NETWORK}.2`;
  readonly #name: string;

  /** @param name at most 14 characters, unlike that of any other one */
  constructor(name: string) {
    if (process.getuid?.() !== 0) throw new Error('this test makes a network namespace: run it as root');
    this.#name = name;
    ip('netns', 'add', name);
    ip('link', 'add', `${name}a`, 'type', 'veth', 'peer', 'name', `${name}b`, 'netns', name);
    ip('addr', 'add', `${this.here}/30`, 'dev', `${name}a`);
    ip('link', 'set', `${name}a`, 'up');
    ip('-n', name, 'addr', 'add', `${this.there}/30`, 'dev', `${name}b`);
    ip('-n', name, 'link', 'set', `${name}b`, 'up');
  }

  /** What stands before a command that runs there. */
  get before(): string[] {
    return ['ip', 'netns', 'exec', this.#name];
  }

  end(): void {
    spawnSync('ip', ['link', 'del', `${this.#name}a`]);
    spawnSync('ip', ['netns', 'del', this.#name]);
  }
}

function ip(...words: string[]): void {
  execFileSync('ip', words);
}

// Somebody who wants the name of another, and has everything but the key.
import {
  Binding,
  encodeFrame,
  Frame,
  type Hello,
  type System,
  systemFrame,
} from '../../src/protocol/index.ts';
import { proofMessage, type ProofFacts } from '../../src/protocol/proof.ts';
import type { Transport } from '../../clients/sdk/index.ts';
import type { KeyPair } from '../support/key.ts';
import type { Random } from '../support/random.ts';
import { CERTIFICATE } from './link.ts';
import type { Shown } from './judge.ts';
import type { Identity } from './person.ts';
import { PlainSplitter } from './splitter.ts';
import type { World } from './world.ts';

type SystemKind = NonNullable<System['kind']>;
const VISIT_MS_MAX = 3_000;

interface Disguise {
  readonly name: string;
  readonly key: Uint8Array;
  readonly clientNonce: Uint8Array;
  /** Signs whatever is put before it, as long as it is not what the server wants. */
  readonly keys: KeyPair | undefined;
  /** A proof that was right once. */
  readonly old: Shown | undefined;
}

/**
 * Owns: one liar's connections. What it signs with, the victims have signed for it: it stands in the middle of a
 * connection of theirs, or has listened to an earlier one.
 */
export class Impostor {
  readonly label: string;
  readonly #world: World;
  readonly #random: Random;
  readonly #victims: readonly Identity[];
  #visits = 0;

  constructor(world: World, random: Random, label: string, victims: readonly Identity[]) {
    this.#world = world;
    this.#random = random;
    this.label = `${label}-impostor`;
    this.#victims = victims;
    world.judge.totals.hostile++;
  }

  visit(): void {
    if (this.#world.calm || this.#victims.length === 0) return;
    this.#visits++;
    const splitter = new PlainSplitter();
    const disguise = this.#disguise();
    const { old } = disguise;
    const asGuest = old === undefined && this.#random.chance(0.3);
    const dial = this.#world.dialer(this.label, { wild: false, plain: asGuest && this.#random.chance(0.5) });
    const transport = dial({
      onOpen: () => undefined,
      onData: (chunk) => {
        for (const payload of splitter.frames(chunk)) {
          const frame = Frame.decode(payload);
          const kind = frame.kind?.$case === 'system' ? frame.kind.value.kind : undefined;
          if (kind?.$case === 'challenge') {
            const signature = old?.signature ?? this.#sign(disguise, kind.value.nonce.slice());
            const value = { binding: Binding.CERTIFICATE, signature };
            this.#send(transport, { $case: 'proof', value });
          }
          if (kind?.$case === 'welcome') this.#welcome(kind.value.name);
          if (kind?.$case === 'welcome' || kind?.$case === 'fault') transport.end();
        }
      },
      onClose: () => {
        this.#world.queue.after(this.#random.between(100, VISIT_MS_MAX) * 1_000, () => this.visit());
      },
    });
    this.#send(transport, { $case: 'hello', value: this.#hello(disguise, asGuest) });
  }

  /** Whom it plays: somebody whom it has listened to, or somebody in whose middle it stands. */
  #disguise(): Disguise {
    const { proofs } = this.#world.judge;
    const old = proofs.length > 0 && this.#random.chance(0.4) ? this.#random.pick(proofs) : undefined;
    const { name, keys } = this.#random.pick(this.#victims);
    const clientNonce = this.#random.bytes(16);
    const key = keys?.key ?? new Uint8Array(0);
    return { name, key, clientNonce, ...old, keys, old };
  }

  #hello({ name, key, clientNonce, old }: Disguise, asGuest: boolean): Hello {
    const none = new Uint8Array(0);
    return {
      versionMin: 1,
      versionMax: 1,
      capabilities: [],
      name: old === undefined ? this.#random.pick([name, name.toUpperCase()]) : name,
      secret: asGuest ? this.#random.pick([key, this.#random.bytes(32)]) : none,
      beside: true,
      key: asGuest ? none : key,
      clientNonce: asGuest ? none : clientNonce,
      password: '',
      software: 'impostor',
      locale: '',
    };
  }

  /** What an honest client may well have signed elsewhere, or nothing of the kind. */
  #sign({ name, key, clientNonce, keys }: Disguise, nonce: Uint8Array): Uint8Array {
    const random = this.#random;
    const truth = { nonce, clientNonce, binding: Binding.CERTIFICATE, bound: CERTIFICATE, key, name };
    const elsewhere: Partial<ProofFacts> = random.pick([
      { bound: random.bytes(32) },
      { nonce: random.bytes(32) },
      { clientNonce: random.bytes(16) },
      { binding: Binding.EXPORTER },
      { name: `${name}x` },
    ]);
    return random.chance(0.8) && keys !== undefined
      ? keys.sign(proofMessage({ ...truth, ...elsewhere }))
      : random.bytes(64);
  }

  /** As long as a name is bound to nobody it is anybody's. */
  #welcome(name: string): void {
    const isBound = this.#world.names.userOf(name) !== undefined;
    if (isBound) this.#world.judge.broken('a bound name is its key’s alone', `${this.label} is ${name}`);
  }

  #send(transport: Transport, kind: SystemKind): void {
    transport.write(encodeFrame(systemFrame(kind, { ref: this.#visits })));
  }
}

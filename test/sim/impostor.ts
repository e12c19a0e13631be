// Somebody who wants the name of another, and has everything but the key.
import { Binding, Frame, encodeFrame, systemFrame, type System } from '../../src/protocol/index.ts';
import { proofMessage, type ProofFacts } from '../../src/protocol/proof.ts';
import type { Transport } from '../../clients/sdk/index.ts';
import type { Random } from '../support/random.ts';
import { CERTIFICATE } from './link.ts';
import type { Identity } from './person.ts';
import { PlainSplitter } from './splitter.ts';
import type { World } from './world.ts';

type SystemKind = NonNullable<System['kind']>;
const VISIT_MS_MAX = 3_000;

/**
 * Owns: one liar's connections. What it signs with, the victims have signed for it: it stands in the middle of a
 * connection of theirs, or has listened to an earlier one.
 */
export class Impostor {
  readonly label: string;
  readonly #world: World;
  readonly #random: Random;
  readonly #victims: readonly Identity[];
  /** What it has overheard. */
  readonly #signatures: Uint8Array[] = [];
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
    const victim = this.#random.pick(this.#victims);
    const splitter = new PlainSplitter();
    const clientNonce = this.#random.bytes(16);
    const asGuest = this.#random.chance(0.3);
    const dial = this.#world.dialer(this.label, { wild: false, plain: asGuest && this.#random.chance(0.5) });
    const transport = dial({
      onOpen: () => undefined,
      onData: (chunk) => {
        for (const payload of splitter.frames(chunk)) {
          const frame = Frame.decode(payload);
          const kind = frame.kind?.$case === 'system' ? frame.kind.value.kind : undefined;
          if (kind?.$case === 'challenge')
            this.#prove(transport, victim, kind.value.nonce.slice(), clientNonce);
          // The names of guests are anybody's.
          const isBound =
            kind?.$case === 'welcome' && this.#world.names.userOf(kind.value.name) !== undefined;
          if (isBound)
            this.#world.judge.broken('a name is its key’s alone', `${this.label} is ${kind.value.name}`);
          if (kind?.$case === 'welcome' || kind?.$case === 'fault') transport.end();
        }
      },
      onClose: () => {
        this.#world.queue.after(this.#random.between(100, VISIT_MS_MAX) * 1_000, () => this.visit());
      },
    });
    this.#greet(transport, victim, asGuest, clientNonce);
  }

  #greet(transport: Transport, { name, keys }: Identity, asGuest: boolean, clientNonce: Uint8Array): void {
    const none = new Uint8Array(0);
    const key = keys?.key ?? none;
    const value = {
      versionMin: 1,
      versionMax: 1,
      capabilities: [],
      name: this.#random.pick([name, name.toUpperCase()]),
      secret: asGuest ? this.#random.pick([key, this.#random.bytes(32)]) : none,
      beside: true,
      key: asGuest ? none : key,
      clientNonce: asGuest ? none : clientNonce,
      password: '',
      software: 'impostor',
      locale: '',
    };
    this.#send(transport, { $case: 'hello', value });
  }

  #prove(transport: Transport, { name, keys }: Identity, nonce: Uint8Array, clientNonce: Uint8Array): void {
    if (keys === undefined) return;
    const random = this.#random;
    const binding = Binding.CERTIFICATE;
    const truth = { nonce, clientNonce, binding, bound: CERTIFICATE, key: keys.key, name };
    // Each is something that an honest client may well have signed elsewhere.
    const elsewhere: Partial<ProofFacts> = random.pick([
      { bound: random.bytes(32) },
      { nonce: random.bytes(32) },
      { clientNonce: random.bytes(16) },
      { binding: Binding.EXPORTER },
      { name: `${name}x` },
    ]);
    const signature = keys.sign(proofMessage({ ...truth, ...elsewhere }));
    this.#signatures.push(signature);
    const shown = random.pick([signature, random.pick(this.#signatures), random.bytes(64)]);
    this.#send(transport, { $case: 'proof', value: { binding, signature: shown } });
  }

  #send(transport: Transport, kind: SystemKind): void {
    transport.write(encodeFrame(systemFrame(kind, { ref: this.#visits })));
  }
}

// Any sequence of Hellos, losses and releases has the answers that the model foretells.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { faultName, type Frame } from '../../src/protocol/index.ts';
import { faultsOf, kindOf, newKey, type RawClient, Rig } from '../core/rig.ts';
import { EVERYBODY, NAMES, NamesModel, type Name, type Who } from './names-model.ts';

const GRACE_MS = 5_000;
const SECRETS = new Map(EVERYBODY.map((who, i) => [who, new Uint8Array(32).fill(i + 1)]));
const KEYS = new Map(EVERYBODY.map((who) => [who, newKey()]));

class Real {
  readonly rig = new Rig({ graceMs: GRACE_MS, attemptsPerMinute: 0, bindingsPerSource: 0 });
  readonly clients = new Map<Who, RawClient[]>();

  hello(who: Who, name: Name): string {
    const client = this.rig.client();
    client.secret = SECRETS.get(who) ?? client.secret;
    const pair = KEYS.get(who);
    const isKey = who.startsWith('key') && pair !== undefined;
    const answer: readonly Frame[] = isKey ? this.#login(client, name, pair) : client.hello(name);
    const [code] = faultsOf(answer);
    if (code !== undefined) return faultName(code);
    client.join('lobby');
    this.clients.set(who, [...(this.clients.get(who) ?? []), client]);
    return answer.map(kindOf).includes('welcome') ? 'welcome' : 'nothing';
  }

  /** A Hello that is refused has no Challenge that could be answered. */
  #login(client: RawClient, name: Name, pair: ReturnType<typeof newKey>): Frame[] {
    const challenge = client.helloWithKey(name, pair);
    return faultsOf(challenge).length > 0 ? challenge : client.prove(name, pair);
  }

  lose(who: Who): void {
    for (const client of this.clients.get(who) ?? []) if (!client.ended) client.session.lost();
    this.clients.delete(who);
    this.rig.clock.run();
  }
}

type Command = fc.Command<NamesModel, Real>;

function doing(name: string, run: (model: NamesModel, real: Real) => void): Command {
  return {
    check: () => true,
    run: (model, real) => {
      run(model, real);
      expect(real.rig.hub.boundNames().map((each) => each.name)).toEqual(model.bound.toSorted());
      expect(real.rig.hub.status().users).toBe(model.present);
    },
    toString: () => name,
  };
}

const hello = (who: Who, name: Name): Command =>
  doing(`${who} wants ${name}`, (model, real) => {
    expect(real.hello(who, name)).toBe(model.hello(who, name));
  });

const lose = (who: Who): Command =>
  doing(`${who} is lost`, (model, real) => {
    model.lose(who);
    real.lose(who);
  });

const release = (name: Name): Command =>
  doing(`${name} is released`, (model, real) => {
    const results: string[] = [];
    real.rig.hub.releaseName(name, (result) => results.push(result));
    real.rig.clock.run();
    expect(results).toEqual([model.release(name) ? 'released' : 'NO_SUCH_NAME']);
  });

const graceOver = (): Command =>
  doing('the grace is over', (model, real) => {
    model.graceOver();
    real.rig.clock.advance(GRACE_MS + 1);
  });

const anybody = fc.constantFrom(...EVERYBODY);
const anyName = fc.constantFrom(...NAMES);
const greeting = fc.tuple(anybody, anyName).map((each) => hello(...each));
const loss = anybody.map(lose);
const commands = fc.commands(
  [greeting, greeting, greeting, loss, loss, anyName.map(release), fc.constant(graceOver())],
  { maxCommands: 60, size: 'max' },
);

test('KTG-7.5 KTG-7.9 KTG-7.13 KTG-7.15 KTG-7.20 KTG-7.21 KTG-7.27 names belong to whom the model says', () => {
  fc.assert(
    fc.property(commands, (doings) => {
      fc.modelRun(() => ({ model: new NamesModel(), real: new Real() }), doings);
    }),
    { numRuns: 200 },
  );
}, 60_000);

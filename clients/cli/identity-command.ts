// `kentongan identity`: the keys of this machine's user.
import { createHash } from 'node:crypto';
import { closeSync, fchmodSync, fstatSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { hexOf, isName, sameBytes } from '../../src/protocol/index.ts';
import type { Environment } from './environment.ts';
import { EXIT } from './exit-codes.ts';
import {
  createIdentity,
  deleteIdentity,
  findIdentity,
  identityPath,
  keepIdentity,
  listIdentities,
} from './identity.ts';
import { type Identity, identityText, IdentityTextError, readIdentityText } from './identity-text.ts';
import { loginName } from './login-name.ts';
import { safeText } from './safe-text.ts';
import { stateDirectory } from './state-directory.ts';
import type { IdentityTexts } from './security-texts.ts';
import { userDigits } from './who.ts';

export interface IdentityOptions {
  readonly name?: string;
  readonly force?: boolean;
}

/** Standard output or input, in the place of a file. */
const STANDARD = '-';

/** What can not be done; the message is for the person. */
class Refusal extends Error {}

/**
 * The commands. Each gives its exit code, or throws StateError: a file of the state directory can not be used.
 */
export class IdentityCommand {
  readonly #environment: Environment;
  readonly #directory: string;
  readonly #texts: IdentityTexts;

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#directory = stateDirectory(environment.variables);
    this.#texts = environment.texts.security.identity;
  }

  create({ name = loginName() }: IdentityOptions): Promise<number> {
    return this.#do(() => {
      if (name === '') throw new Refusal(this.#texts.needsName);
      if (!isName(name)) throw new Refusal(this.#texts.badName(safeText(name)));
      if (findIdentity(this.#directory, name) !== undefined)
        throw new Refusal(this.#texts.exists(safeText(name)));
      createIdentity(this.#directory, name);
      this.#say(this.#texts.created(name, safeText(identityPath(this.#directory, name))));
    });
  }

  show({ name }: IdentityOptions): Promise<number> {
    return this.#do(() => {
      const shown = name === undefined ? listIdentities(this.#directory) : [this.#find(name)];
      if (shown.length === 0) throw new Refusal(this.#texts.none);
      for (const each of shown) this.#environment.stdout.write(`${this.#describe(each)}\n`);
    });
  }

  export(file: string, { name, force = false }: IdentityOptions): Promise<number> {
    return this.#do(() => {
      const identity = name === undefined ? this.#only() : this.#find(name);
      if (file === STANDARD) {
        this.#environment.stdout.write(identityText(identity));
        return;
      }
      this.#write(file, identityText(identity), force);
      this.#say(this.#texts.exported(identity.name, safeText(file)));
    });
  }

  import(file: string, { force = false }: IdentityOptions): Promise<number> {
    return this.#do(async () => {
      const identity = this.#parse(file, await this.#read(file));
      const { name } = identity;
      // A damaged one is no reason to refuse the copy that replaces it.
      const known = force ? undefined : findIdentity(this.#directory, name);
      if (known !== undefined) {
        if (!sameBytes(known.key, identity.key)) throw new Refusal(this.#texts.otherKey(name));
        this.#say(this.#texts.same(name));
        return;
      }
      keepIdentity(this.#directory, identity);
      this.#say(this.#texts.imported(name));
    });
  }

  delete({ name, force = false }: IdentityOptions): Promise<number> {
    return this.#do(() => {
      const identity = name === undefined ? this.#only() : this.#find(name);
      if (!force) throw new Refusal(this.#texts.deleteNeedsForce(identity.name));
      deleteIdentity(this.#directory, identity.name);
      this.#say(this.#texts.deleted(identity.name));
    });
  }

  async #do(act: () => void | Promise<void>): Promise<number> {
    try {
      await act();
      return EXIT.OK;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#environment.complain(error.message);
      return EXIT.FAILURE;
    }
  }

  /** Results are shown on standard output by `show` and `export -` alone. */
  #say(sentence: string): void {
    this.#environment.remark(sentence);
  }

  #find(name: string): Identity {
    const identity = findIdentity(this.#directory, name);
    if (identity === undefined) throw new Refusal(this.#texts.noneOf(safeText(name)));
    return identity;
  }

  #only(): Identity {
    const [only, ...others] = listIdentities(this.#directory);
    if (only === undefined) throw new Refusal(this.#texts.none);
    if (others.length > 0)
      throw new Refusal(this.#texts.several([only, ...others].map(({ name }) => name).join(', ')));
    return only;
  }

  #describe({ name, key }: Identity): string {
    const user = userDigits(createHash('sha256').update(key).digest());
    return this.#texts.shown(name, hexOf(key), user, safeText(identityPath(this.#directory, name)));
  }

  #write(path: string, content: string, isReplaced: boolean): void {
    try {
      const file = openSync(path, isReplaced ? 'w' : 'wx', 0o600);
      try {
        // One that is replaced may have been readable for others. A pipe or a terminal has no such bits.
        if (isReplaced && fstatSync(file).isFile()) fchmodSync(file, 0o600);
        writeSync(file, content);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST')
        throw new Refusal(this.#texts.fileExists(safeText(path)));
      throw this.#failed(path, error);
    }
  }

  async #read(path: string): Promise<string> {
    try {
      return path === STANDARD ? await text(this.#environment.stdin) : readFileSync(path, 'utf8');
    } catch (error) {
      throw this.#failed(path, error);
    }
  }

  #failed(path: string, error: unknown): Refusal {
    const detail = (error as NodeJS.ErrnoException).code ?? String(error);
    if (detail === 'ENOENT') return new Refusal(this.#texts.fileMissing(safeText(path)));
    return new Refusal(this.#texts.fileFailed(this.#shown(path), safeText(detail)));
  }

  /** The name of a file that was read. */
  #shown(path: string): string {
    return path === STANDARD ? this.#texts.standardInput : safeText(path);
  }

  #parse(file: string, content: string): Identity {
    try {
      return readIdentityText(content);
    } catch (error) {
      if (!(error instanceof IdentityTextError)) throw error;
      const shown = this.#shown(file);
      switch (error.problem) {
        case 'none':
          throw new Refusal(this.#texts.notOne(shown));
        case 'version':
          throw new Refusal(this.#texts.laterVersion(shown));
        case 'damaged':
          throw new Refusal(this.#texts.damaged(shown));
      }
    }
  }
}

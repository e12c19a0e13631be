// Owns what an error means in the person's language, and how a command ends because of it.
import { FaultCode, faultName, type FaultName } from '../../src/protocol/index.ts';
import { ClientError, type ClientErrorReason } from '../sdk/index.ts';
import { KnownHostsError } from '../sdk/known-hosts.ts';
import { NoAnswer } from './connect.ts';
import type { Environment } from './environment.ts';
import { EXIT } from './exit-codes.ts';
import { safeText } from './safe-text.ts';
import { StateError } from './state-directory.ts';
import { addressText, DEFAULT_HOST, type Target, TargetError } from './target.ts';
import type { FaultFacts, Texts } from './texts.ts';
import { tlsText, untrustedText } from './tls-errors.ts';

/** Where an error happened, and to whom. */
export interface Circumstances extends Pick<Target, 'host' | 'port' | 'transport'> {
  /** The name that was wanted. */
  readonly name?: string | undefined;
  /** It was wanted with a key. */
  readonly byKey?: boolean;
}

/** A fault as a sentence that says what to do. */
function faultText(error: ClientError, where: Circumstances, texts: Texts): string {
  const facts: FaultFacts = {
    name: safeText(error.about),
    limit: error.limit,
    retryAfterSeconds: Math.ceil(error.retryAfterMs / 1000),
    wanted: safeText(where.name ?? ''),
    address: safeText(addressText(where)),
    byKey: where.byKey === true,
    isPlain: where.transport === 'plain',
  };
  const name = faultName(error.code);
  if (!Object.hasOwn(FaultCode, name)) return texts.faults.UNKNOWN(error.code, facts);
  return texts.faults[name as FaultName](facts);
}

/** Any error as a sentence or two for the person. */
export function errorText(error: unknown, where: Circumstances, texts: Texts): string {
  if (error instanceof ClientError) return clientText(error, where, texts);
  if (error instanceof TargetError) return texts.targets[error.problem](safeText(error.part));
  if (error instanceof StateError) return stateText(error, texts);
  if (error instanceof KnownHostsError) return hostsText(error, texts);
  return texts.problems.defect(
    safeText(error instanceof Error ? (error.stack ?? error.message) : String(error)),
  );
}

/** Says why a command ends, and gives its exit code. */
export function failure(
  error: unknown,
  where: Circumstances,
  { texts, complain }: Pick<Environment, 'texts' | 'complain'>,
): number {
  if (error instanceof NoAnswer) return EXIT.INTERRUPTED;
  complain(errorText(error, where, texts));
  return exitCodeOf(error);
}

/** No server is there, or is there any more. */
const NOT_REACHED: ReadonlySet<ClientErrorReason> = new Set([
  'unreachable',
  'disconnected',
  'silent',
  'protocol',
  'tls',
]);

/** The exit code for an error that ends a command. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof TargetError) return EXIT.USAGE;
  if (!(error instanceof ClientError)) return EXIT.FAILURE;
  switch (error.reason) {
    case 'fault':
      return error.faultClass === 'reconnect' ? EXIT.UNREACHABLE : EXIT.FAILURE;
    case 'untrusted':
      return error.certificate?.by === 'nobody' ? EXIT.FAILURE : EXIT.UNTRUSTED;
    default:
      return NOT_REACHED.has(error.reason) ? EXIT.UNREACHABLE : EXIT.FAILURE;
  }
}

function clientText(error: ClientError, where: Circumstances, texts: Texts): string {
  const { problems } = texts;
  const address = safeText(addressText(where));
  switch (error.reason) {
    case 'fault':
      return faultText(error, where, texts);
    case 'closed':
      return problems.closed;
    case 'left':
      return problems.left;
    case 'log-changed':
      return problems.logChanged;
    case 'log-truncated':
      return problems.logTruncated;
    case 'unreachable':
      return unreachableText(error.cause, where, texts);
    case 'disconnected':
      return problems.ended(address);
    case 'silent':
      return problems.silent(address);
    case 'protocol':
      return problems.notKentongan(address);
    case 'tls':
      return tlsText(error, where, texts);
    case 'untrusted':
      return error.cause instanceof KnownHostsError
        ? hostsText(error.cause, texts)
        : untrustedText(error, texts);
    case 'no-proof':
      return texts.security.noProof(address);
  }
}

function unreachableText(cause: unknown, target: Pick<Target, 'host' | 'port'>, texts: Texts): string {
  const { problems } = texts;
  const address = safeText(addressText(target));
  const code = systemCode(cause);
  switch (code) {
    case 'ECONNREFUSED':
      return problems.refused(address);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return problems.notFound(safeText(target.host), safeText(`${DEFAULT_HOST}/${target.host}`));
    case 'ETIMEDOUT':
      return problems.timedOut(address);
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return problems.noRoute(address);
    case undefined:
      return problems.ended(address);
    default:
      return problems.failed(address, safeText(code));
  }
}

/** The code of a system error; of several (one for each address of a host) that of the first. */
function systemCode(cause: unknown): string | undefined {
  if (cause instanceof AggregateError && cause.errors.length > 0) return systemCode(cause.errors[0]);
  if (!(cause instanceof Error)) return undefined;
  return (cause as NodeJS.ErrnoException).code ?? cause.message;
}

function stateText(error: StateError, texts: Texts): string {
  const { problems } = texts;
  const path = safeText(error.path);
  const detail = safeText((error.cause as NodeJS.ErrnoException | undefined)?.code ?? String(error.cause));
  switch (error.problem) {
    case 'corrupt':
      return problems.stateCorrupt(path);
    case 'key':
      return texts.security.keyDamaged(path);
    case 'read':
      return problems.stateUnreadable(path, detail);
    case 'write':
      return problems.stateUnwritable(path, detail);
  }
}

function hostsText(error: KnownHostsError, { problems, security }: Texts): string {
  const path = safeText(error.path);
  const detail = safeText((error.cause as NodeJS.ErrnoException | undefined)?.code ?? String(error.cause));
  switch (error.problem) {
    case 'damaged':
      return security.hostsDamaged(path, error.line);
    case 'read':
      return problems.stateUnreadable(path, detail);
    case 'write':
      return problems.stateUnwritable(path, detail);
  }
}

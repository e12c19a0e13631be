// Owns what an error means in the person's language, and how a command ends because of it.
import { FaultCode, faultName, type FaultName } from '../../src/protocol/index.ts';
import { ClientError } from '../sdk/index.ts';
import { EXIT } from './exit-codes.ts';
import { StateError } from './identity.ts';
import { safeText } from './safe-text.ts';
import { addressText, DEFAULT_HOST, type Target, TargetError } from './target.ts';
import type { FaultFacts, Texts } from './texts.ts';

/** A fault as a sentence that says what to do. */
function faultText(error: ClientError, texts: Texts): string {
  const facts: FaultFacts = {
    name: safeText(error.about),
    limit: error.limit,
    retryAfterSeconds: Math.ceil(error.retryAfterMs / 1000),
  };
  const name = faultName(error.code);
  if (!Object.hasOwn(FaultCode, name)) return texts.faults.UNKNOWN(error.code, facts);
  return texts.faults[name as FaultName](facts);
}

/** Any error as a sentence or two for the person. */
export function errorText(
  error: unknown,
  target: Pick<Target, 'host' | 'port' | 'room'>,
  texts: Texts,
): string {
  if (error instanceof ClientError) return clientText(error, target, texts);
  if (error instanceof TargetError) return texts.targets[error.problem](safeText(error.part));
  if (error instanceof StateError) return stateText(error, texts);
  return texts.problems.defect(
    safeText(error instanceof Error ? (error.stack ?? error.message) : String(error)),
  );
}

/** The exit code for an error that ends a command. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof TargetError) return EXIT.USAGE;
  if (!(error instanceof ClientError)) return EXIT.FAILURE;
  switch (error.reason) {
    case 'unreachable':
    case 'disconnected':
    case 'silent':
    case 'protocol':
      return EXIT.UNREACHABLE;
    case 'fault':
      return error.faultClass === 'reconnect' ? EXIT.UNREACHABLE : EXIT.FAILURE;
    case 'closed':
    case 'left':
    case 'log-changed':
    case 'log-truncated':
      return EXIT.FAILURE;
  }
}

function clientText(
  error: ClientError,
  target: Pick<Target, 'host' | 'port' | 'room'>,
  texts: Texts,
): string {
  const { problems } = texts;
  const address = safeText(addressText(target));
  switch (error.reason) {
    case 'fault':
      return faultText(error, texts);
    case 'closed':
      return problems.closed;
    case 'left':
      return problems.left;
    case 'log-changed':
      return problems.logChanged;
    case 'log-truncated':
      return problems.logTruncated;
    case 'unreachable':
      return unreachableText(error.cause, target, texts);
    case 'disconnected':
      return problems.ended(address);
    case 'silent':
      return problems.silent(address);
    case 'protocol':
      return problems.notKentongan(address);
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
    case 'read':
      return problems.stateUnreadable(path, detail);
    case 'write':
      return problems.stateUnwritable(path, detail);
  }
}

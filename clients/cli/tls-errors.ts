// Owns what is said when no protected connection comes about, or not with the right server.
import type { ClientError } from '../sdk/index.ts';
import { KENTONGAN } from './called.ts';
import { fingerprintRows } from './fingerprint.ts';
import { safeText } from './safe-text.ts';
import { addressText, PLAIN_SCHEME, type Target } from './target.ts';
import type { Texts } from './texts.ts';

/** ClientError `tls`. */
export function tlsText(
  error: ClientError,
  target: Pick<Target, 'host' | 'port'>,
  { security }: Texts,
): string {
  const address = safeText(addressText(target));
  switch (error.tlsProblem) {
    case 'not-tls':
      return security.notTls(address, `${PLAIN_SCHEME}://${address}`);
    case 'refused':
      return security.tlsRefused(address);
    case 'timeout':
      return security.tlsTimeout(address);
    case 'other-protocol':
    case undefined:
      return security.otherProtocol(address);
  }
}

/** ClientError `untrusted`, with both fingerprints and what to do. */
export function untrustedText({ certificate, cause }: ClientError, { security, problems }: Texts): string {
  if (certificate === undefined || certificate.by === 'nobody')
    return problems.defect(safeText(String(cause)));
  const { presented, expected, by } = certificate;
  const address = safeText(addressText(certificate));
  const [before, now] = [expected, presented].map(fingerprintRows) as [string, string];
  if (by === 'invite') return security.notInvited(address, before, now);
  return security.changed(
    address,
    expected === '' ? security.byAuthority : before,
    now,
    `${KENTONGAN} trust ${address} ${presented}`,
  );
}

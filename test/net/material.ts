// A key and a certificate for tests: making one takes longer than what most of them do.
import { type KeyAndCertificate, makeCertificate } from '../../src/net/certificate.ts';

/** For this machine's loopback. */
export const MATERIAL: KeyAndCertificate = makeCertificate({
  names: ['localhost'],
  addresses: ['127.0.0.1', '::1'],
});

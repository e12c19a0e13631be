// An address of this machine from which one comes as from elsewhere.
import { execFileSync, spawnSync } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { afterAll } from 'vitest';

/**
 * One that the machine has, and that is not loopback. If it has none (a container without a network), and this is Linux
 * and root, one of a network that is nobody's (RFC 2544), until the tests of this file are over. Undefined: there is none
 * to be had. To be called outside of tests.
 */
export function farAddress(): string | undefined {
  const own = Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.internal === false && one.family === 'IPv4');
  return own?.address ?? made();
}

function made(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  // No two processes have the same one.
  const [high, low] = [18 + ((process.pid >> 16) & 1), process.pid & 0xff_ff];
  const address = `198.${high}.${low >> 8}.${low & 0xff}`;
  // On the loopback interface, so that nobody who lists the networks of this machine takes it for one.
  const where = [`${address}/32`, 'dev', 'lo'];
  try {
    execFileSync('ip', ['addr', 'add', ...where], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  afterAll(() => void spawnSync('ip', ['addr', 'del', ...where]));
  return address;
}

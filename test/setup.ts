// Every property prints its seed when it fails; FC_SEED and FC_PATH replay it, FC_RUNS sets how many runs.
import fc from 'fast-check';

function numberFrom(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`${name}=${text} is no whole number`);
  return value;
}

const seed = numberFrom('FC_SEED');
const numRuns = numberFrom('FC_RUNS');
const path = process.env['FC_PATH'];

fc.configureGlobal({
  ...(seed === undefined ? {} : { seed }),
  ...(numRuns === undefined ? {} : { numRuns }),
  ...(path === undefined || path === '' ? {} : { path }),
});

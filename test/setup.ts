// Every property prints its seed when it fails. FC_SEED and FC_PATH replay it; FC_TIMES=100 looks a hundred
// times as long.
import fc from 'fast-check';
import { runs } from './runs.ts';

function seedFrom(text: string | undefined): { seed: number } | object {
  if (text === undefined || text === '') return {};
  const seed = Number(text);
  if (!Number.isSafeInteger(seed)) throw new Error(`FC_SEED=${text} is no whole number`);
  return { seed };
}

const path = process.env['FC_PATH'];

fc.configureGlobal({
  ...runs(100),
  ...seedFrom(process.env['FC_SEED']),
  ...(path === undefined || path === '' ? {} : { path }),
});

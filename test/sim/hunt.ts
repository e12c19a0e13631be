// Looks for the first seed that breaks a rule, in small groups only: `node test/sim/hunt.ts SEEDS`.
// Ends with 1 and a last line that says which, or with 0.
import { CROWD_EVERY } from './plan.ts';
import { simulate } from './simulate.ts';

const seeds = Number(process.argv[2] ?? 100);

async function hunt(): Promise<string | undefined> {
  let tried = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    if (seed % CROWD_EVERY === 0) continue;
    tried++;
    const { violation } = await simulate(seed);
    if (violation !== undefined) {
      return `after ${tried} ${tried === 1 ? 'seed' : 'seeds'}: ${violation.rule} (${violation.detail.slice(0, 120).replaceAll('\n', ' ')})`;
    }
  }
  return undefined;
}

process.on('unhandledRejection', (error) => {
  console.log(`an error that nobody awaits: ${String(error)}`);
  process.exit(1);
});
const found = await hunt();
if (found !== undefined) {
  console.log(found);
  process.exitCode = 1;
}

/** How many runs a property gets: so many as it asks for, times FC_TIMES (a whole number, default 1). */
export function runs(count: number): { numRuns: number } {
  const times = Number(process.env['FC_TIMES'] || 1);
  if (!Number.isSafeInteger(times) || times < 1) throw new Error('FC_TIMES is no whole number from 1 on');
  return { numRuns: count * times };
}

// How long to fuzz: short with the other tests, as long as asked for by `npm run test:fuzz`.

export const FUZZ = { numRuns: Number(process.env['LONGSHORE_FUZZ_RUNS'] || 200) } as const;

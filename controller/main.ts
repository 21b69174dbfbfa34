#!/usr/bin/env node
// Starts `longshore`. Reading and compiling its sources takes longer than most commands do, so what was compiled is kept for
// the next time, where Node.js finds it before anything else is loaded: hence nothing is imported here but what does that.
import { keepCompiled } from './cli/compile-cache.ts';

keepCompiled(process.argv[2], process.env);
// No top-level await: the bundle is CommonJS, which has none.
void import('./longshore.ts');

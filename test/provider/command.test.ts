// The conformance tests for the command that run.ts was given.
import { describeConformance, type ProviderUnderTest } from './conformance.ts';

const provider = JSON.parse(process.env['LONGSHORE_PROVIDER'] ?? '') as ProviderUnderTest;
describeConformance(`the provider ${provider.command.join(' ')}`, provider);

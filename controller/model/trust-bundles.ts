// Which trust anchors a pod asks for when it projects ClusterTrustBundles, as one text.
import type { BundleChoice } from '../../common/pod-references.ts';
import { matchesSelector } from './label-selector.ts';
import { certificatesIn } from './pem.ts';

export interface TrustBundle {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: { readonly signerName?: string; readonly trustBundle?: string };
}

/** Every certificate once, always in the same order; undefined when no bundle is chosen. */
export function trustAnchors(bundles: readonly TrustBundle[], choice: BundleChoice): string | undefined {
  const chosen = bundles.filter((bundle) => isChosen(bundle, choice));
  if (chosen.length === 0) return undefined;
  const blocks = chosen.flatMap(({ spec }) => certificatesIn(spec?.trustBundle ?? ''));
  return [...new Set(blocks)]
    .sort()
    .map((block) => `${block}\n`)
    .join('');
}

function isChosen({ metadata, spec }: TrustBundle, choice: BundleChoice): boolean {
  if ('name' in choice) return metadata.name === choice.name;
  return (
    (spec?.signerName ?? '') === choice.signerName &&
    matchesSelector(choice.labelSelector, metadata.labels ?? {})
  );
}

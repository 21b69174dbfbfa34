// The API types behind the OpenAPI documents, as generate-models.ts wrote them to models.json. Read when first needed.
import { readFileSync } from 'node:fs';

export interface ModelField {
  /** As in the client library: `string`, `Array<V1Container>`, `{ [key: string]: string; }`, `Date`, `any`. */
  readonly type: string;
  readonly format?: string;
  readonly required?: true;
  readonly description?: string;
}

export interface Model {
  /** The definition's name, for example `io.k8s.api.core.v1.Pod`. */
  readonly name: string;
  readonly description?: string;
  readonly fields: Readonly<Record<string, ModelField>>;
}

/** By the client library's type name, for example `V1Pod`. */
export type Models = Readonly<Record<string, Model>>;

export function readModels(): Models {
  return JSON.parse(readFileSync(new URL('models.json', import.meta.url), 'utf8'));
}

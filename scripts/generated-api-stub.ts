// Stands in for the generated clients of the Kubernetes API where a bundle leaves them out.
export function createConfiguration(): never {
  throw new Error('this bundle has no generated clients of the Kubernetes API');
}

export class ServerConfiguration {}

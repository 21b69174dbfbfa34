// Why an image cannot be had, in the kubelet's words: the reason is a container's waiting reason.

export type ImagePullReason =
  | 'ErrImagePull'
  | 'ErrImageNeverPull'
  | 'InvalidImageName'
  | 'ImageInspectError'
  | 'RegistryUnavailable';

export class ImagePullError extends Error {
  readonly reason: ImagePullReason;

  constructor(reason: ImagePullReason, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ImagePullError';
    this.reason = reason;
  }
}

/** What the engine said of a failed pull, as the error to report, with advice where people need it. It says all that the cause does. */
export function pullFailure(image: string, cause: unknown): ImagePullError {
  if (cause instanceof ImagePullError) return cause;
  const text = (cause instanceof Error ? cause.message : String(cause)).trim();
  if (REGISTRY_AWAY.test(text)) {
    const message = `image pull failed for ${image} because the registry is unavailable: ${text}`;
    return new ImagePullError('RegistryUnavailable', message);
  }
  const advice = ADVICE.find(({ says }) => says.test(text))?.advice;
  const message = `failed to pull image "${image}": ${text}${advice ? ` (${advice})` : ''}`;
  return new ImagePullError('ErrImagePull', message);
}

const REGISTRY_AWAY = /HTTP status(?: code)?:? 50[234]\b/;

const ADVICE: readonly { readonly says: RegExp; readonly advice: string }[] = [
  {
    says: /no matching manifest for/,
    advice: 'the image has no build for this machine; use one that has, or pin the pod to another machine',
  },
  {
    says: /no basic auth credentials|unauthorized|authentication required|pull access denied/,
    advice: 'the registry wants credentials for it, or there is no such image',
  },
  {
    says: /server gave HTTP response to HTTPS client/,
    advice:
      "the registry speaks plain HTTP: name it under insecure-registries in this machine's Docker configuration",
  },
];

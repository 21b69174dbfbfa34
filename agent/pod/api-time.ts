// Times and durations as Kubernetes writes them.

/** RFC 3339 in whole seconds, as metav1.Time. */
export function apiTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Whole seconds as Go prints a duration: `10s`, `1m20s`, `5m0s`. */
export function goSeconds(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${seconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}

/** Milliseconds as the kubelet prints how long a pull took: `812ms`, `1.204s`, `1m3.5s`. */
export function goDuration(ms: number): string {
  if (ms < 1) return '0s';
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const total = Math.round(ms) / 1000;
  const minutes = Math.floor(total / 60);
  const seconds = `${Number((total - minutes * 60).toFixed(3))}s`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

// Runs a command in a container of a pod, straight through Docker: how a test reaches in without kubectl exec.
import Docker from 'dockerode';
import { containerStatuses, type Pod } from '../../common/pod.ts';

/** Resolves when the command has ended. */
export async function runInContainer(
  pod: Pick<Pod, 'status'>,
  container: string,
  command: readonly string[],
): Promise<void> {
  const status = containerStatuses(pod.status).find(({ name }) => name === container);
  const id = status?.containerID?.replace('docker://', '');
  if (!id) throw new Error(`container ${container} does not run`);
  const exec = await new Docker().getContainer(id).exec({ Cmd: [...command], AttachStdout: true });
  const stream = await exec.start({ hijack: true });
  for await (const _chunk of stream.resume());
}

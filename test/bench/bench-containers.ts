// Containers of benchmarks' pods as Docker has them, for what is asked of it directly.
import Docker from 'dockerode';

export async function containerOf(podUid: string, name = 'main'): Promise<Docker.Container> {
  const docker = new Docker();
  const label = [`io.kubernetes.pod.uid=${podUid}`, `io.kubernetes.container.name=${name}`];
  const [found] = await docker.listContainers({ filters: { label } });
  if (!found) throw new Error(`Docker has no container ${name} of pod ${podUid}`);
  return docker.getContainer(found.Id);
}

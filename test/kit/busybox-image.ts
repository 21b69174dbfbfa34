// The busybox image for tests; the sandbox and the demo use the same one.
export { BUSYBOX_IMAGE, ensureBusyboxImage } from '../../sandbox/images/busybox-image.ts';

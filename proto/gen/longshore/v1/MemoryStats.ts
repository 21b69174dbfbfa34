// Original file: longshore/v1/session.proto

import type { Long } from '@grpc/proto-loader';

export interface MemoryStats {
  'usageBytes'?: (number | string | Long);
  /**
   * The usage without the file pages that the kernel would drop first.
   */
  'workingSetBytes'?: (number | string | Long);
  'rssBytes'?: (number | string | Long);
  'pageFaults'?: (number | string | Long);
  'majorPageFaults'?: (number | string | Long);
  /**
   * Of a container: what its limit leaves beyond the working set; unset where nothing limits it.
   */
  'availableBytes'?: (number | string | Long);
  /**
   * Of files, in memory.
   */
  'cacheBytes'?: (number | string | Long);
  /**
   * Of files that processes have mapped.
   */
  'mappedFileBytes'?: (number | string | Long);
  'swapBytes'?: (number | string | Long);
  /**
   * Of a container: how much it may have; unset where nothing limits it.
   */
  'swapLimitBytes'?: (number | string | Long);
  /**
   * Of a machine.
   */
  'availableSwapBytes'?: (number | string | Long);
  '_usageBytes'?: "usageBytes";
  '_rssBytes'?: "rssBytes";
  '_pageFaults'?: "pageFaults";
  '_majorPageFaults'?: "majorPageFaults";
  '_availableBytes'?: "availableBytes";
  '_cacheBytes'?: "cacheBytes";
  '_mappedFileBytes'?: "mappedFileBytes";
  '_swapBytes'?: "swapBytes";
  '_swapLimitBytes'?: "swapLimitBytes";
  '_availableSwapBytes'?: "availableSwapBytes";
}

export interface MemoryStats__Output {
  'usageBytes'?: (number);
  /**
   * The usage without the file pages that the kernel would drop first.
   */
  'workingSetBytes': (number);
  'rssBytes'?: (number);
  'pageFaults'?: (number);
  'majorPageFaults'?: (number);
  /**
   * Of a container: what its limit leaves beyond the working set; unset where nothing limits it.
   */
  'availableBytes'?: (number);
  /**
   * Of files, in memory.
   */
  'cacheBytes'?: (number);
  /**
   * Of files that processes have mapped.
   */
  'mappedFileBytes'?: (number);
  'swapBytes'?: (number);
  /**
   * Of a container: how much it may have; unset where nothing limits it.
   */
  'swapLimitBytes'?: (number);
  /**
   * Of a machine.
   */
  'availableSwapBytes'?: (number);
  '_usageBytes'?: "usageBytes";
  '_rssBytes'?: "rssBytes";
  '_pageFaults'?: "pageFaults";
  '_majorPageFaults'?: "majorPageFaults";
  '_availableBytes'?: "availableBytes";
  '_cacheBytes'?: "cacheBytes";
  '_mappedFileBytes'?: "mappedFileBytes";
  '_swapBytes'?: "swapBytes";
  '_swapLimitBytes'?: "swapLimitBytes";
  '_availableSwapBytes'?: "availableSwapBytes";
}

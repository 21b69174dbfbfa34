// The pod sandbox's only process, Linux arm64. The same steps as pause-amd64.s, which explains them.
        .include "elf.inc"
        .text
        elf_head 183

        .globl  _start
_start:
        mov     x0, 0                           // rt_sigprocmask(SIG_BLOCK, &signals, NULL, 8)
        adr     x1, signals
        mov     x2, 0
        mov     x3, 8
        mov     x8, 135
        svc     0
        cmp     x0, 0
        b.lt    fail
wait:
        adr     x0, signals                     // rt_sigtimedwait(&signals, NULL, NULL, 8)
        mov     x1, 0
        mov     x2, 0
        mov     x3, 8
        mov     x8, 137
        svc     0
        cmp     x0, 17
        b.eq    reap
        cmp     x0, 15
        b.eq    done
        cmp     x0, 2
        b.eq    done
        cmn     x0, 4                           // EINTR: stopped and continued
        b.eq    wait
fail:
        mov     x0, 1
        b       leave
reap:
        mov     x0, -1                          // wait4(-1, NULL, WNOHANG, NULL) while it finds one
        mov     x1, 0
        mov     x2, 1
        mov     x3, 0
        mov     x8, 260
        svc     0
        cmp     x0, 0
        b.gt    reap
        b       wait
done:
        mov     x0, 0
leave:
        mov     x8, 94                          // exit_group
        svc     0

        signal_set
file_end:

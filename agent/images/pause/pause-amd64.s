# The pod sandbox's only process, Linux x86-64. As PID 1 of its namespace it reaps whatever is orphaned to it; it ends
# with 0 on SIGTERM or SIGINT; otherwise it sleeps. The three signals stay blocked and are fetched one by one: the
# kernel drops an unhandled signal to PID 1, but never a blocked one.
        .include "elf.inc"
        .intel_syntax noprefix
        .text
        elf_head 62

        .globl  _start
_start:
        mov     eax, 14                         # rt_sigprocmask(SIG_BLOCK, &signals, NULL, 8)
        xor     edi, edi
        lea     rsi, [rip + signals]
        xor     edx, edx
        mov     r10d, 8
        syscall
        test    rax, rax
        js      fail
wait:
        mov     eax, 128                        # rt_sigtimedwait(&signals, NULL, NULL, 8)
        lea     rdi, [rip + signals]
        xor     esi, esi
        xor     edx, edx
        mov     r10d, 8
        syscall
        cmp     eax, 17
        je      reap
        cmp     eax, 15
        je      done
        cmp     eax, 2
        je      done
        cmp     eax, -4                         # EINTR: stopped and continued
        je      wait
fail:
        mov     edi, 1
        jmp     leave
reap:
        mov     eax, 61                         # wait4(-1, NULL, WNOHANG, NULL) while it finds one
        mov     rdi, -1
        xor     esi, esi
        mov     edx, 1
        xor     r10d, r10d
        syscall
        test    eax, eax
        jg      reap
        jmp     wait
done:
        xor     edi, edi
leave:
        mov     eax, 231                        # exit_group
        syscall

        signal_set
file_end:

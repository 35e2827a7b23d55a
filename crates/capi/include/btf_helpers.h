/* SPDX-License-Identifier: MIT */
/* The name under which bpf-compatible-sys shipped this interface. */
#ifndef BTF_HELPERS_H
#define BTF_HELPERS_H

#include "btf_core.h"

#endif /* BTF_HELPERS_H */

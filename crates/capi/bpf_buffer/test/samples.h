/* SPDX-License-Identifier: MIT */
/* What samples.bpf.c hands to the test. */
#ifndef SAMPLES_H
#define SAMPLES_H

/* A sample whose bytes tell what it is: payload[i] is (unsigned char)(number + i). */
struct sample {
	unsigned long long number;
	unsigned char payload[48];
};

#define SAMPLE_HEAD 8
#define LARGE_PAYLOAD 8000

struct large_sample {
	unsigned long long number;
	unsigned char payload[LARGE_PAYLOAD];
};

#endif

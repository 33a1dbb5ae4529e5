// The array compiled by Verilator, behind five C functions: bus transfers and running happen without leaving C++.

#include <cstdint>

#include "Vlim_array.h"
#include "verilated.h"

namespace {

constexpr int kPatience = 64;  // clocks in which every access is answered

struct Array {
    VerilatedContext context;
    Vlim_array top{&context};
    uint64_t clocks = 0;

    void clock() {
        top.clk = 0;
        top.eval();
        top.clk = 1;
        top.eval();
        clocks += top.running;
    }

    // 0: done, 1: refused, 2: not answered
    int access(uint32_t address, bool write, uint32_t& data) {
        top.wb_cyc = 1;
        top.wb_stb = 1;
        top.wb_we = write;
        top.wb_adr = address;
        top.wb_dat_w = data;
        int result = 2;
        for (int waited = 0; waited < kPatience && result == 2; ++waited) {
            clock();
            if (top.wb_ack) result = 0;
            if (top.wb_err) result = 1;
        }
        data = top.wb_dat_r;
        top.wb_cyc = 0;
        top.wb_stb = 0;
        clock();
        return result;
    }
};

}  // namespace

extern "C" {

Array* lim_open() {
    Array* array = new Array;
    array->top.rst = 1;
    array->clock();
    array->clock();
    array->top.rst = 0;
    array->clocks = 0;
    return array;
}

void lim_close(Array* array) { delete array; }

// Returns how many words were transferred before one was refused or not answered.
uint64_t lim_transfer(Array* array, uint32_t address, int write, uint32_t* words, uint64_t count) {
    for (uint64_t k = 0; k < count; ++k)
        if (array->access(address + k, write, words[k])) return k;
    return count;
}

// Runs at most `most` clocks; returns 1 once the array has halted.
int lim_wait(Array* array, uint64_t most) {
    while (most-- && array->top.running) array->clock();
    return !array->top.running;
}

uint64_t lim_clocks(const Array* array) { return array->clocks; }
}

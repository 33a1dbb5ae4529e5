// A board compiled by Verilator, with the host's end of its serial line, bit by bit.

#include <cstdint>

#include "Vboard_top.h"
#include "verilated.h"

namespace {

constexpr int kFrameBits = 10;  // start, 8 of data, stop
constexpr int kQuietClocks = 128;  // after the last byte, in which an answer begins or goes on

struct Board {
    VerilatedContext context;
    Vboard_top top{&context};
    int divisor;
    uint64_t now = 0;

    // towards the board: what follows the bit on the line
    unsigned frame = 0;
    int bits = 0, left = 0;

    // from the board
    int sample = 0, next = 0;  // clocks until the next sample, and its number; 0: waiting for a start bit
    unsigned byte = 0;

    explicit Board(int divisor) : divisor(divisor) { top.rx = 1; }

    void clock() {
        top.clk = 0;
        top.eval();
        top.clk = 1;
        top.eval();
        ++now;
    }

    bool sending() const { return bits > 0; }

    void send(uint8_t data) {
        frame = (data << 1) | 0x200;
        bits = kFrameBits;
        left = 0;
    }

    void drive() {
        if (!bits) return;
        if (!left) {
            top.rx = frame & 1;
            frame >>= 1;
            left = divisor;
        }
        if (!--left) --bits;
    }

    bool receiving() const { return next > 0; }

    // true: `byte` is complete
    bool listen() {
        if (!next) {
            if (!top.tx) next = 1, sample = divisor + divisor / 2, byte = 0;
            return false;
        }
        if (--sample) return false;
        sample = divisor;
        if (next <= 8) byte |= unsigned(top.tx) << (next - 1);
        if (next++ < 9) return false;
        next = 0;
        return true;
    }
};

}  // namespace

extern "C" {

Board* board_open(int divisor) {
    Board* board = new Board(divisor);
    board->top.rst = 1;
    board->clock();
    board->clock();
    board->top.rst = 0;
    return board;
}

void board_close(Board* board) { delete board; }

// Bit 0: running, bit 1: active, bit 2: error.
int board_lights(const Board* board) { return board->top.running | board->top.active << 1 | board->top.error << 2; }

uint64_t board_clocks(const Board* board) { return board->now; }

// Sends `count` bytes back to back, and goes on until the line is quiet, and for at least `clocks` clocks. Returns how many
// bytes came back; no more than `room` are kept.
uint64_t board_run(Board* board, const uint8_t* bytes, uint64_t count, uint64_t clocks, uint8_t* answer, uint64_t room) {
    uint64_t answered = 0, sent = 0, quiet = 0;
    const uint64_t end = board->now + clocks;
    while (quiet < kQuietClocks || board->now < end) {
        if (!board->sending() && sent < count) board->send(bytes[sent++]);
        ++quiet;
        if (board->sending() || board->receiving()) quiet = 0;
        board->drive();
        board->clock();
        if (board->listen() && answered < room) answer[answered++] = board->byte;
    }
    return answered;
}
}

// limulator_hdl.below on an ECP5: the LUT of each carry cell chooses the bit that it compares.
// A bit of the draw that is equal passes the carry on; else the draw is below if its bit is 0.
module LIMULATOR_BELOW (draw, first, second, choose, y);
    parameter WIDTH = 17;  // of a level
    input choose;
    input [WIDTH-2:0] draw;
    input [WIDTH-1:0] first, second;
    output y;

    localparam CELLS = WIDTH / 2 + 1;  // one bit more, to read the last carry
    localparam [15:0] EQUAL = 16'hA695;  // A is the draw's bit, B chooses C, else D

    wire [2*CELLS-1:0] a = draw, c = first, d = second, s;
    wire [CELLS:0] carry;
    assign carry[0] = 0;
    genvar k;
    generate
        for (k = 0; k < CELLS; k = k + 1) begin : pair
            CCU2C #(
                .INIT0(2 * k < WIDTH ? EQUAL : 16'h0000),
                .INIT1(2 * k + 1 < WIDTH ? EQUAL : 16'h0000),
                .INJECT1_0("NO"),
                .INJECT1_1("NO")
            ) bits (
                .CIN(carry[k]), .COUT(carry[k+1]),
                .A0(a[2*k]), .B0(choose), .C0(c[2*k]), .D0(d[2*k]), .S0(s[2*k]),
                .A1(a[2*k+1]), .B1(choose), .C1(c[2*k+1]), .D1(d[2*k+1]), .S1(s[2*k+1])
            );
        end
    endgenerate
    assign y = s[WIDTH];
endmodule

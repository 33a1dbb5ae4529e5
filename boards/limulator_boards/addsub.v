// For limulator_hdl.addsub in a yosys script: {a, 1} + {b ^ minus, minus} becomes one adder with an inverting input.
// The exclusive or is taken back here, which synthesis then cancels.
module \$add (A, B, Y);
    parameter A_SIGNED = 0;
    parameter B_SIGNED = 0;
    parameter A_WIDTH = 2;
    parameter B_WIDTH = 2;
    parameter Y_WIDTH = 2;
    localparam WIDTH = A_WIDTH > B_WIDTH ? A_WIDTH : B_WIDTH;

    input [A_WIDTH-1:0] A;
    input [B_WIDTH-1:0] B;
    output [Y_WIDTH-1:0] Y;

    wire minus = B[0];
    wire [WIDTH-2:0] sum, unused_x, unused_co;
    \$alu #(
        .A_SIGNED(0),
        .B_SIGNED(0),
        .A_WIDTH(A_WIDTH - 1),
        .B_WIDTH(B_WIDTH - 1),
        .Y_WIDTH(WIDTH - 1)
    ) unit (
        .A(A[A_WIDTH-1:1]),
        .B(B[B_WIDTH-1:1] ^ {(B_WIDTH - 1){minus}}),
        .BI(minus),
        .CI(minus),
        .Y(sum),
        .X(unused_x),
        .CO(unused_co)
    );
    assign Y = {sum, ~minus};
endmodule

// A memory with a port to write and one to read, never both in one clock, in two of the blocks of 256 kbit of the UP5K.
(* techmap_celltype = "$mem_v2" *)
module _wide_memory (RD_CLK, RD_EN, RD_ARST, RD_SRST, RD_ADDR, RD_DATA, WR_CLK, WR_EN, WR_ADDR, WR_DATA);
    parameter MEMID = "";
    parameter signed SIZE = 4;
    parameter signed OFFSET = 0;
    parameter signed ABITS = 2;
    parameter signed WIDTH = 8;
    parameter signed INIT = 1'bx;
    parameter signed RD_PORTS = 1;
    parameter RD_CLK_ENABLE = 1'b1;
    parameter RD_CLK_POLARITY = 1'b1;
    parameter RD_TRANSPARENCY_MASK = 1'b0;
    parameter RD_COLLISION_X_MASK = 1'b0;
    parameter RD_WIDE_CONTINUATION = 1'b0;
    parameter RD_CE_OVER_SRST = 1'b0;
    parameter RD_ARST_VALUE = 1'b0;
    parameter RD_SRST_VALUE = 1'b0;
    parameter RD_INIT_VALUE = 1'b0;
    parameter signed WR_PORTS = 1;
    parameter WR_CLK_ENABLE = 1'b1;
    parameter WR_CLK_POLARITY = 1'b1;
    parameter WR_PRIORITY_MASK = 1'b0;
    parameter WR_WIDE_CONTINUATION = 1'b0;
    input RD_CLK, RD_EN, RD_ARST, RD_SRST, WR_CLK;
    input [ABITS-1:0] RD_ADDR, WR_ADDR;
    input [WIDTH-1:0] WR_EN, WR_DATA;
    output [WIDTH-1:0] RD_DATA;
    wire [13:0] address = WR_EN[0] ? WR_ADDR : RD_ADDR;
    genvar half;
    generate for (half = 0; half < 2; half = half + 1)
        SB_SPRAM256KA ram (.ADDRESS(address), .DATAIN(WR_DATA[16*half +: 16]), .MASKWREN(4'b1111), .WREN(WR_EN[0]),
            .CHIPSELECT(WR_EN[0] | RD_EN), .CLOCK(WR_CLK), .STANDBY(1'b0), .SLEEP(1'b0), .POWEROFF(1'b1),
            .DATAOUT(RD_DATA[16*half +: 16]));
    endgenerate
endmodule

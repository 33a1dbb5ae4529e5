// ECP5's block memory as yosys uses it, through $__DP16KD_ and $__PDPW16KD_ of its share/lattice: two ports of 1, 2, 4, 9 or
// 18 bits, or one of 36 bits to write, with any of these or 36 to read. yosys has no model of it; this one follows Lattice's
// FPGA-TN-02204 and how yosys connects it. The memory is 2048 bytes of 9 bits. AD13..AD3 number the byte, AD2..AD0 a bit within
// it; words of 1, 2 and 4 bits leave the ninth bit out. Where a word has several bytes, AD0 and up enable each to be written.
module DP16KD (
    input DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4, DIA3, DIA2, DIA1, DIA0,
    input ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0,
    input CEA, OCEA, CLKA, WEA, RSTA, CSA2, CSA1, CSA0,
    output DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4, DOA3, DOA2, DOA1, DOA0,
    input DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0,
    input ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0,
    input CEB, OCEB, CLKB, WEB, RSTB, CSB2, CSB1, CSB0,
    output DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2, DOB1, DOB0
);
    parameter DATA_WIDTH_A = 18, DATA_WIDTH_B = 18;
    parameter REGMODE_A = "NOREG", REGMODE_B = "NOREG", RESETMODE = "SYNC", ASYNC_RESET_RELEASE = "SYNC";
    parameter CSDECODE_A = "0b000", CSDECODE_B = "0b000", WRITEMODE_A = "NORMAL", WRITEMODE_B = "NORMAL";
    parameter GSR = "ENABLED", INIT_DATA = "STATIC", CLKAMUX = "CLKA", CLKBMUX = "CLKB";
    parameter [319:0]
        INITVAL_00 = 0, INITVAL_01 = 0, INITVAL_02 = 0, INITVAL_03 = 0, INITVAL_04 = 0, INITVAL_05 = 0, INITVAL_06 = 0, INITVAL_07 = 0,
        INITVAL_08 = 0, INITVAL_09 = 0, INITVAL_0A = 0, INITVAL_0B = 0, INITVAL_0C = 0, INITVAL_0D = 0, INITVAL_0E = 0, INITVAL_0F = 0,
        INITVAL_10 = 0, INITVAL_11 = 0, INITVAL_12 = 0, INITVAL_13 = 0, INITVAL_14 = 0, INITVAL_15 = 0, INITVAL_16 = 0, INITVAL_17 = 0,
        INITVAL_18 = 0, INITVAL_19 = 0, INITVAL_1A = 0, INITVAL_1B = 0, INITVAL_1C = 0, INITVAL_1D = 0, INITVAL_1E = 0, INITVAL_1F = 0,
        INITVAL_20 = 0, INITVAL_21 = 0, INITVAL_22 = 0, INITVAL_23 = 0, INITVAL_24 = 0, INITVAL_25 = 0, INITVAL_26 = 0, INITVAL_27 = 0,
        INITVAL_28 = 0, INITVAL_29 = 0, INITVAL_2A = 0, INITVAL_2B = 0, INITVAL_2C = 0, INITVAL_2D = 0, INITVAL_2E = 0, INITVAL_2F = 0,
        INITVAL_30 = 0, INITVAL_31 = 0, INITVAL_32 = 0, INITVAL_33 = 0, INITVAL_34 = 0, INITVAL_35 = 0, INITVAL_36 = 0, INITVAL_37 = 0,
        INITVAL_38 = 0, INITVAL_39 = 0, INITVAL_3A = 0, INITVAL_3B = 0, INITVAL_3C = 0, INITVAL_3D = 0, INITVAL_3E = 0, INITVAL_3F = 0;

    wire [17:0] dia = {DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9,
                       DIA8, DIA7, DIA6, DIA5, DIA4, DIA3, DIA2, DIA1, DIA0};
    wire [17:0] dib = {DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9,
                       DIB8, DIB7, DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0};
    wire [13:0] ada = {ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0};
    wire [13:0] adb = {ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0};
    wire [35:0] qa, qb;
    assign {DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9,
            DOA8, DOA7, DOA6, DOA5, DOA4, DOA3, DOA2, DOA1, DOA0} = DATA_WIDTH_B == 36 ? qb[17:0] : qa[17:0];
    assign {DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9,
            DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2, DOB1, DOB0} = DATA_WIDTH_B == 36 ? qb[35:18] : qb[17:0];

    reg [8:0] bytes[0:2047];
    reg [20479:0] init;
    integer i;
    initial begin
        if (DATA_WIDTH_B == 36 && DATA_WIDTH_A != 36 || INIT_DATA != "STATIC"
            || RESETMODE != "SYNC" && RESETMODE != "ASYNC" || RESETMODE != ASYNC_RESET_RELEASE)
            $fatal(1, "DP16KD: not modelled: widths %0d and %0d, contents %0s, reset %0s, released %0s",
                   DATA_WIDTH_A, DATA_WIDTH_B, INIT_DATA, RESETMODE, ASYNC_RESET_RELEASE);
        init = {
            INITVAL_3F, INITVAL_3E, INITVAL_3D, INITVAL_3C, INITVAL_3B, INITVAL_3A, INITVAL_39, INITVAL_38,
            INITVAL_37, INITVAL_36, INITVAL_35, INITVAL_34, INITVAL_33, INITVAL_32, INITVAL_31, INITVAL_30,
            INITVAL_2F, INITVAL_2E, INITVAL_2D, INITVAL_2C, INITVAL_2B, INITVAL_2A, INITVAL_29, INITVAL_28,
            INITVAL_27, INITVAL_26, INITVAL_25, INITVAL_24, INITVAL_23, INITVAL_22, INITVAL_21, INITVAL_20,
            INITVAL_1F, INITVAL_1E, INITVAL_1D, INITVAL_1C, INITVAL_1B, INITVAL_1A, INITVAL_19, INITVAL_18,
            INITVAL_17, INITVAL_16, INITVAL_15, INITVAL_14, INITVAL_13, INITVAL_12, INITVAL_11, INITVAL_10,
            INITVAL_0F, INITVAL_0E, INITVAL_0D, INITVAL_0C, INITVAL_0B, INITVAL_0A, INITVAL_09, INITVAL_08,
            INITVAL_07, INITVAL_06, INITVAL_05, INITVAL_04, INITVAL_03, INITVAL_02, INITVAL_01, INITVAL_00
        };
        for (i = 0; i < 1024; i = i + 1) {bytes[2*i+1], bytes[2*i]} = init[20*i +: 18];
    end

    genvar p;
    generate for (p = 0; p < 2; p = p + 1) begin : port
        localparam WIDTH = p ? DATA_WIDTH_B : DATA_WIDTH_A;
        localparam MODE = p ? WRITEMODE_B : WRITEMODE_A;
        localparam REGMODE = p ? REGMODE_B : REGMODE_A;
        localparam CSDECODE = p ? CSDECODE_B : CSDECODE_A;
        localparam CLKMUX = p ? CLKBMUX : CLKAMUX;
        localparam COUNT = WIDTH < 9 ? 1 : WIDTH / 9;  // bytes of a word
        localparam BITS = WIDTH < 9 ? WIDTH : 9;       // bits of each

        wire clk = (CLKMUX == "INV") ^ (p ? CLKB : CLKA);
        wire enable = p ? CEB && !{CSB2, CSB1, CSB0} : CEA && !{CSA2, CSA1, CSA0};
        wire write = p ? WEB : WEA;
        wire reset = p ? RSTB : RSTA;
        wire at_once = RESETMODE == "ASYNC" && reset;
        wire [13:0] address = p ? adb : ada;
        wire [35:0] data = p ? dib : {dib, dia};
        wire [10:0] first = address[13:3] & ~(COUNT - 1);
        wire [2:0] bit0 = WIDTH < 9 ? address[2:0] & ~(WIDTH - 1) : 0;
        wire [3:0] chosen = COUNT == 1 ? 1 : address[3:0];
        reg [35:0] q = 0;
        integer k;

        initial if (WIDTH != 1 && WIDTH != 2 && WIDTH != 4 && WIDTH != 9 && WIDTH != 18 && WIDTH != 36 || REGMODE != "NOREG"
            || MODE != "NORMAL" && MODE != "WRITETHROUGH" && MODE != "READBEFOREWRITE"
            || CSDECODE != "0b000" || CLKMUX != "INV" && CLKMUX != (p ? "CLKB" : "CLKA"))
            $fatal(1, "DP16KD: not modelled: width %0d, %0s, %0s, %0s, %0s", WIDTH, MODE, REGMODE, CSDECODE, CLKMUX);

        // Reads find what was there before the clock, whatever the other port does.
        always @(posedge clk or posedge at_once)
            if (reset) q <= 0;
            else if (enable) for (k = 0; k < COUNT; k = k + 1)
                if (!write || MODE == "READBEFOREWRITE" || MODE == "WRITETHROUGH" && !chosen[k])
                    q[9*k +: BITS] <= bytes[first + k][bit0 +: BITS];
                else if (MODE == "WRITETHROUGH") q[9*k +: BITS] <= data[9*k +: BITS];

        integer n;
        always @(posedge clk) if (enable && write && !(RESETMODE == "SYNC" && reset)) begin
            if (p && DATA_WIDTH_A == 36) $fatal(1, "DP16KD: port B writes, but port A is 36 bits wide");
            for (n = 0; n < COUNT; n = n + 1)
                if (chosen[n]) bytes[first + n][bit0 +: BITS] <= data[9*n +: BITS];
        end
    end endgenerate
    assign qa = port[0].q;
    assign qb = port[1].q;
endmodule

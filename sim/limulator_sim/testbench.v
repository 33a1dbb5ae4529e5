// The array in Icarus Verilog: commands on standard input, answers on standard output, numbers in hex.
//
//   w ADDRESS COUNT WORD...   write consecutive words      = DONE CLOCKS
//   r ADDRESS COUNT           read consecutive words       = WORD... DONE CLOCKS
//   c MOST                    run at most MOST clocks      = RUNNING CLOCKS
//
// DONE is the number of words transferred before one was refused or not answered, CLOCKS the number of clocks during
// which the array was running. The end of the input ends the simulation.

`timescale 1ns / 1ps

module testbench;
  parameter ADDRESS_BITS = 32;
  localparam STDIN = 32'h8000_0000;
  localparam PATIENCE = 64;  // clocks in which every access is answered

  reg clk = 0, rst = 1, cyc = 0, stb = 0, we = 0;
  reg [ADDRESS_BITS-1:0] adr = 0;
  reg [31:0] dat_w = 0;
  wire [31:0] dat_r;
  wire ack, err, running;

  lim_array array (
      .clk(clk), .rst(rst), .running(running),
      .wb_cyc(cyc), .wb_stb(stb), .wb_we(we), .wb_adr(adr),
      .wb_dat_w(dat_w), .wb_dat_r(dat_r), .wb_ack(ack), .wb_err(err)
  );

  reg [63:0] clocks;
  reg [31:0] first, count, word, done, k;
  reg [7:0] command;
  reg refused, answered;
  integer waited, read;

  task clock;
    begin
      clk = 0;
      #1 clk = 1;
      #1 if (running) clocks = clocks + 1;
    end
  endtask

  task access;
    begin
      cyc = 1;
      stb = 1;
      adr = first + done;
      dat_w = word;
      answered = 0;
      for (waited = 0; waited < PATIENCE && !answered; waited = waited + 1) begin
        clock;
        answered = ack | err;
      end
      refused = !ack;
      word = dat_r;
      cyc = 0;
      stb = 0;
      clock;
    end
  endtask

  initial begin
    clock;
    clock;
    rst = 0;
    clocks = 0;
    while ($fscanf(STDIN, " %c %h", command, count) == 2) begin
      $write("=");
      if (command == "c") begin
        while (count != 0 && running) begin
          clock;
          count = count - 1;
        end
        done = running;
      end else begin
        first = count;
        we = command == "w";
        read = $fscanf(STDIN, "%h", count);
        refused = 0;
        done = 0;
        for (k = 0; k < count; k = k + 1) begin
          if (we) read = $fscanf(STDIN, "%h", word);
          if (!refused) begin
            access;
            if (!refused) begin
              if (!we) $write(" %h", word);
              done = done + 1;
            end
          end
        end
      end
      $display(" %h %h", done, clocks);
      $fflush;
    end
    $finish;
  end
endmodule

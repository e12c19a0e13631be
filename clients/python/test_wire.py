"""The codec against vectors that docs/protocol.md shows (17.2, 17.4, 18): python3 -m unittest -v test_wire"""
import unittest

from kentongan import Message, as_line, number, part, varint

ALICE = bytes.fromhex("857aae772cfda1899196904daf972bc0093674a9396a2358a44018c85d009c9a")
HELLO = bytes.fromhex("223d82013a080110012205616c6963652a20" + ALICE.hex() + "520b6578616d706c6520312e304001")
ENTRY = bytes.fromhex("1a060a0468616c6f4a056c6f62627952150a05616c69636512081817b28584aa7874180120015a10"
                      "019ab0e1c5d0700000000000000a11ce6002688d9a8e99a0347577b9782a")


class Wire(unittest.TestCase):
    def test_varint(self):
        self.assertEqual(varint(300), bytes.fromhex("ac02"))
        self.assertEqual(varint(32 * 8 + 2), bytes.fromhex("8202"))

    def test_write(self):
        self.assertEqual(part(9, "lobby"), bytes.fromhex("4a056c6f626279"))
        hello = number(1, 1) + number(2, 1) + part(4, "alice") + part(5, ALICE) + part(10, "example 1.0")
        self.assertEqual(part(4, part(16, hello)) + number(8, 1), HELLO)

    def test_read(self):
        entry = Message(ENTRY)
        self.assertEqual((entry.number(12), entry.number(13), entry.text(9)), (2, 1795348991245, "lobby"))
        self.assertEqual(int.from_bytes(entry.bytes(14), "little"), 0x2a78b977)
        self.assertEqual(as_line(entry), "#2 alice: halo")

    def test_erased(self):
        self.assertEqual(as_line(Message(part(4, part(66, number(1, 2))) + number(12, 9))), "#9 erased #2")
        self.assertEqual(as_line(Message(part(4, part(67, b"")) + number(12, 2))), "#2 (erased)")

    def test_lenient(self):
        for payload in ("0a00c00084808080004a056c6f626279", "0a0040848080808080808080004a056c6f626279",
                        "0a0028013101020304050607083a03ffffff7d010203044a056c6f626279",
                        "0a004a056c6f626279f8ffffff0f01"):
            self.assertEqual(Message(bytes.fromhex(payload)).text(9), "lobby", payload)

    def test_refused(self):
        for payload in ("0a004a056c6f62627940ff", "0a004a056c6f62627940", "0a004a056c6f626279408080808080808080808000",
                        "0a004a066c6f626279", "0a7f", "0a004a056c6f6262793101020304", "0a004a056c6f6262797d0102",
                        "0a004a056c6f6262792b2c", "0a004a056c6f6262792c", "0a004a056c6f6262792e00", "0a004805",
                        "0a004a0180", "0a004a02c0af", "0a004a03eda080", "0a004a04f4908080"):
            with self.assertRaises((ValueError, TypeError, LookupError), msg=payload):
                Message(bytes.fromhex(payload)).text(9)


if __name__ == "__main__":
    unittest.main()

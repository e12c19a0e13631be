// Indonesian: what can be wrong with a log, and `kentongan log`.
import type { englishLog } from './english-log.ts';

export const indonesianLog: Readonly<Record<keyof typeof englishLog, string>> = {
  'log.error.sqlite-too-old':
    'SQLite {version} dari Node.js ini dapat menghilangkan yang sudah disimpan; diperlukan {least} atau lebih baru. Pasang Node.js yang lebih baru.',
  'log.error.absent': 'Tidak ada log: {file} tidak ada. Sebutkan direktori datanya dengan --data.',
  'log.error.denied':
    '{file} tidak dapat dibaca oleh pengguna ini ({reason}). Hanya pengguna bernomor {owner}, pemiliknya, dan root yang boleh membacanya: jalankan ini sebagai salah satunya, misalnya dengan sudo.',
  'log.error.empty':
    '{file} kosong: tidak ada log di dalamnya. Berikan letak sebuah cadangan atau log.db, atau sebutkan direktori datanya dengan --data.',
  'log.error.no-log':
    '{file} bukan log, bukan pula cadangannya (atau bagian paling awalnya rusak). Berikan letak sebuah cadangan, atau sebuah log.db.',
  'log.error.foreign':
    '{file} milik program lain. Sebutkan direktori data yang benar dengan --data, atau pindahkan berkas itu.',
  'log.error.too-new':
    '{file} ditulis oleh Kentongan yang lebih baru (formatnya {version}; yang ini mengenal {known}). Pakailah yang itu.',
  'log.error.too-old':
    '{file} ditulis oleh Kentongan yang lebih lama (formatnya {version}; yang ini memerlukan {known}). Jalankan server sekali pada direktori datanya; itu memperbaruinya.',
  'log.error.unreadable':
    '{file} rusak dan tidak dapat dibaca ({reason}). Simpan salinan direktori datanya; lalu kembalikan cadangan dengan "kentongan log restore FILE --replace".',
  'log.error.lost':
    '{mark} menyebut ruang yang tidak ada di {file}: berkas itu kosong atau hilang. Kembalikan bersama -wal-nya, atau kembalikan cadangan dengan "kentongan log restore FILE --replace".',
  'log.error.mismatch':
    '{file} dan {mark} bukan dari log yang sama: salah satunya ditaruh sendirian. Kembalikan pasangannya, atau buat keduanya baru dengan "kentongan log restore {file} --replace".',
  'log.error.disk': 'Log tidak dapat dibaca atau ditulis ({reason}). Periksa disk dan ruang kosongnya.',

  'log.storage.full':
    'Disk server penuh: tidak ada yang disimpan. Kosongkan ruang, atau kecilkan --reserve, lalu coba lagi.',
  'log.storage.read-only':
    'Disk server gagal: tidak ada yang disimpan sampai server dijalankan lagi. Periksa disknya dulu; "kentongan status" menjelaskan lebih lanjut.',
  'log.storage.quarantined':
    'Log {room} rusak, jadi ruang itu ditutup. "kentongan log verify" menunjukkan apa yang salah.',

  'log.no-command':
    'Katakan apa yang dilakukan dengan log: verify, export, backup, restore, erase, atau rebuild-chatlog.',
  'log.no-file': '{file} tidak ada. Berikan letak sebuah cadangan, atau sebuah log.db.',
  'log.directory': '{file} sebuah direktori. Berikan letak sebuah cadangan, atau sebuah log.db.',
  'log.full': 'Disk dari {path} penuh; tidak ada yang diubah. Kosongkan ruang, atau sebutkan tempat lain.',
  'log.no-room': 'Tidak ada ruang {room} di log ini. "kentongan log verify" menampilkan daftarnya.',
  'log.interrupted': 'Dihentikan; tidak ada yang diubah.',
  'log.bad.seq': '{flag}: "{value}" bukan nomor pesan. Berikan nomor mulai dari 1.',
  'log.bad.time':
    '{flag}: "{value}" bukan waktu. Tulislah seperti 2026-11-22, 2026-11-22T19:03, atau 2026-11-22T12:03:11Z.',
  'log.bad.range': 'Tidak ada apa pun di antara {first} dan {last}: yang pertama harus lebih dulu.',
  'log.bad.format': '--format: "{value}" bukan format. Berikan lines atau jsonl.',

  'log.verify.progress': 'Memeriksa',
  'log.verify.room': '{room}: #{oldest} sampai #{newest}, utuh',
  'log.verify.empty': '{room}: tidak ada yang disimpan, utuh',
  'log.verify.damage': '{room}: #{from} sampai #{to} RUSAK: {what}',
  'log.verify.damage-room': '{room}: RUSAK: {what}',
  'log.verify.database': 'Basis data RUSAK: {reason}',
  'log.verify.unreadable-mark':
    'Tanda {path} tidak dapat dibaca: pesan yang hilang di akhir tidak akan tampak.',
  'log.verify.no-mark': 'Tidak ada {path} sebagai pembanding: pesan yang hilang di akhir tidak akan tampak.',
  'log.verify.whole': 'Utuh: {rooms} ruang, {entries} pesan, {size}.',
  'log.verify.advice':
    'Ruang yang rusak: {rooms}. Kembalikan cadangan dengan "kentongan log restore FILE --replace --data {data}", atau selamatkan sisanya dengan "kentongan log restore {file} --data {data} --salvage --replace".',
  'log.damage.head': 'kepala ruang bukan seperti yang ditulis',
  'log.damage.members': 'daftar anggotanya bukan seperti yang ditulis',
  'log.damage.lost': 'pesan yang sudah disimpan hilang',
  'log.damage.missing': 'ada pesan yang tidak ada',
  'log.damage.segment': 'pesan-pesan ini bukan seperti yang ditulis',
  'log.damage.chain': 'pesan-pesan ini tidak cocok dengan yang sebelumnya',
  'log.damage.ids': 'indeks id tidak cocok dengan pesan-pesannya',
  'log.damage.erased': 'catatan tentang pesan yang dihapus tidak cocok',
  'log.damage.unreadable': 'basis data atau disk tidak dapat dibaca di situ',

  'log.export.private-room': '{room} ruang pribadi: hanya diekspor dengan --private.',
  'log.export.private-left': 'Ruang pribadi yang tidak disertakan: {count}. --private mengekspornya juga.',
  'log.export.damaged': '{room}: #{from} sampai #{to} rusak dan tidak disertakan.',

  'log.backup.progress': 'Menyalin dan memeriksa',
  'log.backup.exists': '{path} sudah ada. Berikan nama lain, atau --replace.',
  'log.backup.inside':
    '{path} terletak di direktori data {data}, atau salah satu berkasnya: cadangan di sana dapat menimpa lognya. Berikan tempat lain, sebaiknya di disk lain.',
  'log.backup.in-use':
    '{path} milik sebuah log atau basis data yang sedang dipakai: cadangan di sana akan merusaknya. Berikan nama lain.',
  'log.backup.damaged':
    'Log {path} rusak, jadi cadangan tidak dibuat. "kentongan log verify" menunjukkan tempatnya; --damaged tetap membuat cadangan.',
  'log.backup.done': 'Cadangan: {path}, {size}; {rooms} ruang, {entries} pesan, sudah diperiksa.',
  'log.backup.done-damaged': 'Cadangan: {path}, {size}. CADANGAN INI RUSAK, seperti lognya.',
  'log.backup.failed':
    'Cadangan {path} tidak dapat ditulis ({reason}). Periksa direktorinya dan ruang kosong di disk.',

  'log.restore.progress': 'Memeriksa dan mengembalikan',
  'log.restore.exists': 'Sudah ada log di {path}. --replace menyisihkannya; tidak ada yang dihapus.',
  'log.restore.damaged':
    '{path} rusak, jadi tidak ada yang dikembalikan. Ambil cadangan lain, atau selamatkan sisanya dengan --salvage.',
  'log.restore.room': '{room}: {entries} pesan, sampai #{newest}',
  'log.restore.room-lost': '{room}: #{from} sampai #{to} hilang; tiap tempatnya menyatakan ada yang dihapus',
  'log.restore.tail-lost': '{room}: #{from} sampai #{to}, yang terbaru, hilang',
  'log.restore.lost-room': '{room}: #1 sampai #{newest} hilang; tidak ada yang tersisa dari ruang ini',
  'log.restore.lost': '{room}: tidak ada yang tersisa dari ruang ini',
  'log.restore.aside': 'Yang ada sebelumnya kini di {path}.',
  'log.restore.done':
    'Dikembalikan: {rooms} ruang, {entries} pesan. Setiap ruang menjadi log baru: klien mulai lagi dari awal, dan chat.log ditulis ulang saat server dijalankan lagi.',
  'log.restore.failed':
    'Log tidak dapat ditulis ke {path} ({reason}). Periksa izinnya dan ruang kosong di disk.',

  'log.erase.no-entry': 'Tidak ada pesan #{seq} di {room}, atau sudah tidak ada lagi.',
  'log.erase.not-erasable': '#{seq} di {room} bukan pesan: hanya yang dikatakan orang yang dapat dihapus.',
  'log.erase.already': '#{seq} di {room} sudah dihapus sebelumnya.',
  'log.erase.refused':
    '{room}, #{seq}: tidak ada yang dihapus ({reason}). "kentongan log verify" dan "kentongan status" menjelaskan lebih lanjut.',
  'log.erase.done': 'Dihapus: #{seq} di {room}. Ruang itu diberi tahu lewat #{removal}.',
  'log.erase.elsewhere':
    'Pesan itu masih ada di chat.log, di berkas-berkas lamanya, dan di cadangan. "kentongan log rebuild-chatlog --discard" menulis chat.log ulang ketika tidak ada server yang berjalan; hapus berkas lamanya, dan buat cadangan baru.',

  'log.rebuild.progress': 'Menulis',
  'log.rebuild.done': 'Ditulis ulang: {path}, {entries} pesan.',
  'log.rebuild.failed':
    '{path} tidak dapat ditulis ({reason}). Periksa direktorinya dan ruang kosong di disk.',

  'help.log-group': 'memeriksa, mengekspor, mencadangkan, mengembalikan log; menghapus sebuah pesan',
  'help.log.verify': 'membaca seluruh log, atau cadangan, dan mengatakan apakah sama dengan yang disimpan',
  'help.log.export': 'mencetak yang dikatakan',
  'help.log.backup': 'menyalin log ke satu berkas, juga selagi server berjalan',
  'help.log.restore': 'membuat log sebuah direktori data dari cadangan',
  'help.log.erase': 'menghapus isi satu pesan, bagi semua orang dan selamanya',
  'help.log.rebuild': 'menulis chat.log ulang dari log, ketika tidak ada server yang berjalan',
  'help.log.room': 'hanya ruang ini; boleh diberikan lagi',
  'help.log.file': 'sebuah cadangan, bukan direktori data',
  'help.log.json': 'cetak satu objek JSON',
  'help.log.from': 'nomor pesan pertama',
  'help.log.to': 'nomor pesan terakhir',
  'help.log.since':
    'bukan yang dikatakan sebelumnya: 2026-11-22, 2026-11-22T19:03 (waktu setempat), 2026-11-22T12:03:11Z',
  'help.log.until': 'hanya yang dikatakan sebelumnya',
  'help.log.format':
    'lines, seperti di chat.log, atau jsonl, seperti "kentongan tail --json" (bawaan: lines)',
  'help.log.private': 'ruang pribadi juga',
  'help.log.backup-file': 'berkas yang dibuat',
  'help.log.backup-replace': 'ganti berkas dengan nama itu',
  'help.log.backup-damaged': 'buat cadangan log yang rusak juga',
  'help.log.restore-file': 'sebuah cadangan, atau sebuah log.db',
  'help.log.restore-replace': 'sisihkan log yang ada',
  'help.log.salvage': 'kembalikan sisa log yang rusak; yang hilang diberitahukan',
  'help.log.erase-room': 'ruangnya',
  'help.log.seq': 'nomor pesan itu di ruangnya',
  'help.log.discard': 'hapus berkas lama; kalau tidak, menjadi chat.log.1',
  'help.log.chat-log': 'berkas yang ditulis (bawaan: chat.log di direktori data)',
  'help.example.log-verify': 'juga selagi server berjalan',
  'help.example.log-verify-file': 'sebuah cadangan',
  'help.example.log-export': 'semua ruang umum, seperti di chat.log',
  'help.example.log-export-json': 'untuk program',
  'help.example.log-backup': 'juga selagi server berjalan',
  'help.example.log-restore': 'log yang ada disisihkan',
  'help.example.log-salvage': 'sisa log yang rusak',
  'help.example.log-erase': 'pesan #17 di lobby',
};
